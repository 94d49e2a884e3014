//! What only a hand opens, loaded when it is first opened.

use std::sync::Arc;

use leptos::task::spawn_local;

use crate::prelude::*;

/// A part of a page that comes with a program of its own: what a `#[lazy]` function gives.
pub(crate) type Part = Arc<dyn Fn() -> AnyView + Send + Sync>;

/// Where the part stands. It is loaded when it is first wanted, and stays.
pub(crate) fn later<F>(
    is_wanted: impl Fn() -> bool + 'static,
    load: impl Fn() -> F + 'static,
) -> AnyView
where
    F: Future<Output = Part> + 'static,
{
    let part = RwSignal::new(None::<Part>);
    effect(move || {
        if is_wanted() && part.with_untracked(Option::is_none) {
            let loading = load();
            spawn_local(async move {
                part.try_set(Some(loading.await));
            });
        }
    });
    view! { {move || part.get().map(|part| part())} }
}
