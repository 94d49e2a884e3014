//! The HTML document around the app. Only the server writes it; the browser never renders it.

use http::header::COOKIE;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use super::Parts;
use crate::App;

/// Where the built files are, worked out once at start by the server.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The build; a tab that finds another reloads itself.
    pub id: String,
    /// The address of the JavaScript that loads the module.
    pub js: String,
    /// The address of the module.
    pub wasm: String,
    /// The address of the style sheet.
    pub css: String,
    /// The addresses of the fonts to load early, the text font first.
    pub fonts: Vec<String>,
    /// The address of the icon of the tab.
    pub icon: Option<String>,
    /// Which parts of the program each page needs.
    pub parts: Parts,
}

/// What this installation is called: a context for pages and server functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The name that devices know this hub by.
    pub host_name: String,
    /// The port of MQTT over TLS that devices connect to.
    pub mqtts_port: u16,
    /// The authority that devices must trust, as PEM; `None` when the hub shows a certificate of the operator's own.
    pub ca_pem: Option<String>,
    /// `production`, `demonstration`, or as configured.
    pub environment: String,
    /// The version that runs.
    pub version: String,
}

/// The HTML document. The theme is in its first byte, so that nothing flashes; every script carries the nonce.
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = use_nonce();
    let boot = format!(
        "import init,{{hydrate}} from {:?};await init({{module_or_path:{:?}}});await hydrate();",
        assets.js, assets.wasm
    );
    provide_context(assets.parts);
    let font = |href: String| {
        view! { <link rel="preload" href=href r#as="font" r#type="font/woff2" crossorigin="anonymous" /> }
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=choice_of("theme") data-density=choice_of("density") data-build=assets.id>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=assets.css />
                {assets.fonts.into_iter().map(font).collect_view()}
                {assets.icon.map(|href| view! { <link rel="icon" href=href r#type="image/svg+xml" /> })}
                <link rel="modulepreload" href=assets.js.clone() />
                <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <script type="module" nonce=nonce>{boot}</script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// A choice that the browser keeps: one lower-case word.
pub(crate) fn choice_of(name: &str) -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .find_map(|header| choice(header.to_str().ok()?, name))
}

fn choice(header: &str, name: &str) -> Option<String> {
    let (_, value) = header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(named, _)| *named == name)?;
    let is_word =
        (1..=16).contains(&value.len()) && value.bytes().all(|letter| letter.is_ascii_lowercase());
    is_word.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_one_plain_word() {
        assert_eq!(
            choice("a=b; theme=dark; x=y", "theme").as_deref(),
            Some("dark")
        );
        assert_eq!(choice("theme=\"><script>", "theme"), None);
        assert_eq!(choice("mytheme=dark", "theme"), None);
        assert_eq!(choice("theme=", "theme"), None);
    }
}
