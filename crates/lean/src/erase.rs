//! From views of any type to the one kind of node, without wrapping twice what is one already.

use std::any::{Any, TypeId};
use std::borrow::Cow;

use leptos_itself::prelude::{AnyView, IntoAny as Leptos, RenderHtml};
use leptos_itself::tachys::view::iterators::StaticVec;

use crate::element::Element;
use crate::node::Node;

/// The value, if it is of that type. A comparison of constants: for each type only one side of it remains.
fn take<A: 'static, B: 'static>(value: &mut Option<A>) -> Option<B> {
    if TypeId::of::<A>() == TypeId::of::<B>() {
        let value: &mut dyn Any = value;
        value.downcast_mut::<Option<B>>().and_then(Option::take)
    } else {
        None
    }
}

/// A node of a view.
pub fn node<T: RenderHtml>(view: T) -> Node {
    let mut view = Some(view.into_owned());
    if let Some(node) = take::<_, Node>(&mut view) {
        node
    } else if let Some(element) = take::<_, Element>(&mut view) {
        Node::Element(element)
    } else if let Some(text) = take::<_, String>(&mut view) {
        Node::Text(Cow::Owned(text))
    } else if let Some(view) = take::<_, AnyView>(&mut view) {
        Node::View(Box::new(view))
    } else {
        view.map_or_else(Node::default, |view| {
            Node::View(Box::new(Leptos::into_any(view)))
        })
    }
}

/// The nodes of what stands in an element.
pub fn nodes<T: RenderHtml>(children: T) -> Vec<Node> {
    let mut children = Some(children.into_owned());
    if let Some(nodes) = take::<_, StaticVec<Node>>(&mut children) {
        nodes.into()
    } else {
        children.map_or_else(Vec::new, |child| vec![node(child)])
    }
}

/// A view of a view.
pub fn any<T: RenderHtml>(view: T) -> AnyView {
    let mut view = Some(view.into_owned());
    if let Some(view) = take::<_, AnyView>(&mut view) {
        view
    } else if let Some(node) = take::<_, Node>(&mut view) {
        node.into_view()
    } else {
        view.map_or_else(|| Node::Nothing.into_view(), Leptos::into_any)
    }
}

/// As Leptos' trait of this name.
pub trait IntoAny {
    /// A view of one type.
    fn into_any(self) -> AnyView;
}

impl<T: RenderHtml> IntoAny for T {
    fn into_any(self) -> AnyView {
        any(self)
    }
}

/// As Leptos' trait of this name, through which `view!` hands on each of several children.
pub trait IntoMaybeErased {
    /// What becomes of it.
    type Output;

    /// A node.
    fn into_maybe_erased(self) -> Self::Output;
}

impl<T: RenderHtml> IntoMaybeErased for T {
    type Output = Node;

    fn into_maybe_erased(self) -> Node {
        node(self)
    }
}

/// As Leptos' type of this name, which `view!` wraps everything in.
#[derive(Clone, Copy, Debug)]
pub struct View;

impl View {
    /// A view of one type.
    #[expect(clippy::new_ret_no_self, reason = "`view!` calls it by this name")]
    pub fn new<T: RenderHtml>(view: T) -> AnyView {
        any(view)
    }
}

/// What `view!` calls on a view while it is developed.
pub trait Marked {
    /// The same.
    #[must_use]
    fn with_view_marker(self, marker: &str) -> Self;
}

impl Marked for AnyView {
    fn with_view_marker(self, _: &str) -> Self {
        self
    }
}
