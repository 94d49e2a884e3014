//! Closures as children: one kind of view for all.

use std::fmt;
use std::sync::{Arc, Mutex};

use leptos_itself::prelude::{IntoAny as _, RenderHtml};
use leptos_itself::tachys::reactive_graph::SharedReactiveFunction;

use crate::erase::node;
use crate::node::Node;

/// A closure that stands in a `view!`.
pub struct Shared<F>(pub(crate) F);

impl<F> fmt::Debug for Shared<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

/// What `view!` wraps its closures in, wherever they stand.
pub const fn shared<F, T>(closure: F) -> Shared<F>
where
    F: FnMut() -> T + Send + 'static,
{
    Shared(closure)
}

/// As Leptos' trait of this name: what can stand in braces among children.
pub trait IntoRender {
    /// A node of it.
    fn into_render(self) -> Node;
}

impl<T: RenderHtml> IntoRender for T {
    fn into_render(self) -> Node {
        node(self)
    }
}

impl<F, T> IntoRender for Shared<F>
where
    F: FnMut() -> T + Send + 'static,
    T: IntoRender,
{
    fn into_render(mut self) -> Node {
        changing(Arc::new(Mutex::new(move || (self.0)().into_render())))
    }
}

/// A node that is asked for again whenever a signal that it reads changes.
#[inline(never)]
fn changing(closure: SharedReactiveFunction<Node>) -> Node {
    Node::View(Box::new(closure.into_any()))
}
