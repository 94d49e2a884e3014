//! What every page begins with: the prelude of Leptos, with a `view!`, a `Show`, a `For` and a `Title` of our own.
//!
//! Every kind of view brings its own code for building, hydrating and changing it into the program that a browser
//! loads, and what holds a view is another kind for each kind that it holds. Erased where they are made, views are of
//! one kind everywhere, and the program is about a tenth smaller. What `leptos` is here is `crates/lean`: elements are
//! of one kind there too.

pub(crate) use leptos::prelude::*;

pub(crate) use crate::shell::Title;
pub(crate) use crate::ui::{For, Show};

/// As the macro of Leptos, and gives an `AnyView`.
macro_rules! view {
    ($($view:tt)*) => {
        ::leptos::prelude::IntoAny::into_any(::leptos::prelude::view! { $($view)* })
    };
}
pub(crate) use view;

/// Runs once the page is shown and again whenever a signal that it reads changes; only in a browser.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    boxed(Box::new(run));
}

/// A value that is worked out anew when a signal that it reads changes, and heard of where it is another then.
pub(crate) fn memo<T: PartialEq + Send + Sync + 'static>(
    value: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    Memo::new(move |_| value())
}

/// A value that is worked out whenever it is read: for what costs no more than reading its signals.
pub(crate) fn derived<T: Send + Sync + 'static>(
    value: impl Fn() -> T + Send + Sync + 'static,
) -> Signal<T> {
    Signal::derive(value)
}

fn boxed(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}
