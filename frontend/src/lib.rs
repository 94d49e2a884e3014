//! The browser's entry: takes over the server's document, then says so.

use leptos::mount::hydrate_from_async;
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the document, then marks its root with `data-hydrated`: from then on every control works.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    let Some(body) = document().body() else {
        return;
    };
    app::router::ready().await;
    hydrate_from_async(body, app::App).await.forget();
    if let Some(root) = document().document_element() {
        // Setting a plain attribute does not fail.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
