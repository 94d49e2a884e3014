//! What is shown when it is ready, as one kind of view whatever it is.

use std::fmt;
use std::pin::Pin;

use leptos_itself::prelude::{AnyView, IntoAny as _, Suspend as Waiting};

use crate::dynamic::IntoRender;
use crate::erase::node;
use crate::node::Node;

type Coming = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// As Leptos' type of this name: what is shown when a future is ready.
pub struct Suspend(Waiting<AnyView>);

impl fmt::Debug for Suspend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Suspend")
    }
}

impl Suspend {
    /// Shows what the future gives.
    pub fn new<F>(future: F) -> Self
    where
        F: IntoFuture<Output: IntoRender>,
        F::IntoFuture: Send + 'static,
    {
        let future = future.into_future();
        Self(coming(Box::pin(async move {
            future.await.into_render().into_any()
        })))
    }
}

#[inline(never)]
fn coming(view: Coming) -> Waiting<AnyView> {
    Waiting::new(view)
}

impl IntoRender for Suspend {
    fn into_render(self) -> Node {
        node(self.0)
    }
}
