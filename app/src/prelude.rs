//! What every page begins with: the prelude of Leptos, with a `view!`, a `Show` and a `For` of our own.
//!
//! Every kind of view brings its own code for building, hydrating and changing it into the program that a browser
//! loads, and what holds a view is another kind for each kind that it holds. Erased where they are made, views are of
//! one kind everywhere, and the program is about a tenth smaller.

pub(crate) use leptos::prelude::*;

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

fn boxed(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_| run());
}
