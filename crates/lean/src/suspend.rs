//! What is shown when it is ready, as one kind of view whatever it is.

use std::fmt;
use std::pin::Pin;

use leptos_itself::prelude::{AnyView, IntoAny as _, Owner, Suspend as Waiting};
use leptos_itself::reactive::computed::ScopedFuture;
use leptos_itself::tachys::reactive_graph::OwnedView;

use crate::dynamic::IntoRender;
use crate::erase::node;
use crate::node::Node;

type Coming = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// As Leptos' type of this name: what is shown when a future is ready.
///
/// What is shown already lives on until then, as it does not with Leptos, which ends its signals as soon as another view
/// is asked for: whatever they were told meanwhile, or a press, would read what is gone.
pub struct Suspend(Waiting<AnyView>);

impl fmt::Debug for Suspend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Suspend")
    }
}

impl Suspend {
    /// Shows what the future gives. Call it in a closure that stands among children, and nowhere else.
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
    let owner = beside();
    Waiting::new(async move {
        let view = owner.with(|| ScopedFuture::new(view)).await;
        OwnedView::new_with_owner(view, owner).into_any()
    })
}

/// What owns a view: it ends with the view, or with what the closure that asks for it belongs to, and not when that
/// closure runs again.
fn beside() -> Owner {
    let closure = Owner::current().unwrap_or_default();
    closure.parent().as_ref().unwrap_or(&closure).child()
}

impl IntoRender for Suspend {
    fn into_render(self) -> Node {
        node(self.0)
    }
}
