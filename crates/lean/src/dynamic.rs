//! What can stand in braces among children, and closures in particular: one kind of view for all.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hash;

use leptos_itself::either::Either;
use leptos_itself::oco::Oco;
use leptos_itself::prelude::{AnyView, ArcMemo, Get, IntoAny as _, ReadSignal, RenderHtml};
use leptos_itself::tachys::view::iterators::StaticVec;
use leptos_itself::tachys::view::keyed::Keyed;
use leptos_itself::text_prop::TextProp;

use crate::element::Element;
use crate::erase::node;
use crate::node::Node;
use crate::signal::{Memo, RwSignal, Signal};

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

/// A node that is asked for again whenever a signal that it reads changes.
type Changing = Box<dyn FnMut() -> Node + Send>;

#[inline(never)]
fn changing(closure: Changing) -> Node {
    Node::View(Box::new(closure.into_any()))
}

/// As Leptos' trait of this name: what can stand in braces among children.
///
/// Not for whatever is a view, as with Leptos: closures are views, and each would be one of its own kind.
pub trait IntoRender {
    /// A node of it.
    fn into_render(self) -> Node;
}

impl<F, T> IntoRender for F
where
    F: FnMut() -> T + Send + 'static,
    T: IntoRender,
{
    fn into_render(mut self) -> Node {
        changing(Box::new(move || self().into_render()))
    }
}

impl<F, T> IntoRender for Shared<F>
where
    F: FnMut() -> T + Send + 'static,
    T: IntoRender,
{
    fn into_render(self) -> Node {
        self.0.into_render()
    }
}

macro_rules! signals {
    ($($signal:ident),*) => {
        $(impl<T> IntoRender for $signal<T>
        where
            T: IntoRender + Clone + Send + Sync + 'static,
        {
            fn into_render(self) -> Node {
                changing(Box::new(move || self.get().into_render()))
            }
        })*
    };
}

signals!(Signal, Memo, RwSignal, ReadSignal, ArcMemo);

impl IntoRender for TextProp {
    fn into_render(self) -> Node {
        changing(Box::new(move || self.get().into_render()))
    }
}

impl IntoRender for Node {
    fn into_render(self) -> Node {
        self
    }
}

impl IntoRender for Element {
    fn into_render(self) -> Node {
        Node::Element(self)
    }
}

impl IntoRender for AnyView {
    fn into_render(self) -> Node {
        Node::View(Box::new(self))
    }
}

impl<T, I, K, KF, VF, VFS, V> IntoRender for Keyed<T, I, K, KF, VF, VFS, V>
where
    Self: RenderHtml,
    I: IntoIterator<Item = T>,
    K: Eq + Hash + 'static,
    KF: Fn(&T) -> K,
    VF: Fn(usize, T) -> (VFS, V),
    VFS: Fn(usize),
{
    fn into_render(self) -> Node {
        node(self)
    }
}

impl IntoRender for () {
    fn into_render(self) -> Node {
        Node::Nothing
    }
}

impl IntoRender for &str {
    fn into_render(self) -> Node {
        Node::Text(Cow::Owned(self.to_owned()))
    }
}

impl IntoRender for String {
    fn into_render(self) -> Node {
        Node::Text(Cow::Owned(self))
    }
}

impl IntoRender for Cow<'static, str> {
    fn into_render(self) -> Node {
        Node::Text(self)
    }
}

impl IntoRender for Oco<'static, str> {
    fn into_render(self) -> Node {
        Node::Text(Cow::Owned(self.into_owned()))
    }
}

macro_rules! displayed {
    ($($shown:ty),*) => {
        $(impl IntoRender for $shown {
            fn into_render(self) -> Node {
                Node::Text(Cow::Owned(self.to_string()))
            }
        })*
    };
}

displayed!(char, i32, i64, u8, u16, u32, u64, usize, f64);

impl<T: IntoRender> IntoRender for Option<T> {
    fn into_render(self) -> Node {
        self.map_or(Node::Nothing, IntoRender::into_render)
    }
}

impl<L: IntoRender, R: IntoRender> IntoRender for Either<L, R> {
    fn into_render(self) -> Node {
        match self {
            Self::Left(left) => left.into_render(),
            Self::Right(right) => right.into_render(),
        }
    }
}

impl<T: IntoRender> IntoRender for Vec<T> {
    fn into_render(self) -> Node {
        let nodes: Vec<Node> = self.into_iter().map(T::into_render).collect();
        several(nodes)
    }
}

impl<T: IntoRender, const N: usize> IntoRender for [T; N] {
    fn into_render(self) -> Node {
        several(self.map(T::into_render).into())
    }
}

impl<T: IntoRender> IntoRender for StaticVec<T> {
    fn into_render(self) -> Node {
        Vec::from(self).into_render()
    }
}

#[inline(never)]
fn several(nodes: Vec<Node>) -> Node {
    Node::View(Box::new(StaticVec::from(nodes).into_any()))
}
