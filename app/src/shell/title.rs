//! What the tab is called: after the page, and while there is trouble, after that.

use leptos::text_prop::TextProp;

use crate::prelude::*;

/// The names that the tab could have, of which it has the last: a context of the tab.
#[cfg(not(feature = "ssr"))]
#[derive(Clone, Copy)]
struct Titles {
    shown: RwSignal<Vec<(u32, TextProp)>>,
    next: StoredValue<u32>,
}

fn titled(page: &str) -> String {
    [page, " — Tandem"].concat()
}

/// Lets everything below name the tab. Call it once, at the root.
pub fn provide_titles() {
    #[cfg(feature = "ssr")]
    leptos_meta::provide_meta_context();
    #[cfg(not(feature = "ssr"))]
    {
        let shown = RwSignal::new(Vec::<(u32, TextProp)>::new());
        let next = StoredValue::new(0);
        provide_context(Titles { shown, next });
        effect(move || {
            let last = shown.with(|shown| shown.last().map(|(_, text)| text.clone()));
            if let Some(text) = last {
                document().set_title(&titled(&text.get()));
            }
        });
    }
}

/// Names the tab for as long as it is shown. It writes nothing where it stands.
#[cfg_attr(
    feature = "ssr",
    expect(clippy::needless_pass_by_value, reason = "a browser keeps it")
)]
#[component]
pub fn Title(
    /// The name of the page.
    #[prop(into)]
    text: TextProp,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    {
        let text = titled(&text.get());
        // Written, a tag of `leptos_meta` goes to the head; what it gives back is empty.
        let _ = view! { <leptos_meta::Title text=text /> }.to_html();
    }
    #[cfg(not(feature = "ssr"))]
    {
        let Titles { shown, next } = expect_context();
        let number = next.get_value();
        next.set_value(number + 1);
        shown.update(|shown| shown.push((number, text)));
        on_cleanup(move || {
            shown.try_update(|shown| shown.retain(|(other, _)| *other != number));
        });
    }
}
