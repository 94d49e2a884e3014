//! What stands in an element.

use std::borrow::Cow;
use std::fmt;
use std::future::ready;
use std::pin::Pin;

use leptos_itself::prelude::{AddAnyAttr, AnyView, IntoAny as _, Mountable, Render, RenderHtml};
use leptos_itself::tachys::html::attribute::Attribute;
use leptos_itself::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos_itself::tachys::hydration::Cursor;
use leptos_itself::tachys::renderer::types;
use leptos_itself::tachys::ssr::StreamBuilder;
use leptos_itself::tachys::view::any_view::AnyViewState;
use leptos_itself::tachys::view::strings::CowStrState;
use leptos_itself::tachys::view::{Position, PositionState};

use crate::element::{Element, ElementState};

/// An element, a text, a view of another kind, or nothing.
#[derive(Default)]
pub enum Node {
    /// Nothing, which keeps a place.
    #[default]
    Nothing,
    /// An element.
    Element(Element),
    /// A text.
    Text(Cow<'static, str>),
    /// What components and closures give.
    View(Box<AnyView>),
}

impl Node {
    /// With what it waits for.
    pub(crate) fn settled(self) -> Pin<Box<dyn Future<Output = Self> + Send>> {
        match self {
            Self::Element(element) => {
                let element = element.settled();
                Box::pin(async move { Self::Element(element.await) })
            }
            Self::Nothing | Self::Text(_) => Box::pin(ready(self)),
            Self::View(view) => Box::pin(async move { Self::View(Box::new(view.resolve().await)) }),
        }
    }

    /// A view of it.
    pub fn into_view(self) -> AnyView {
        match self {
            Self::Nothing => ().into_any(),
            Self::Element(element) => element.into_any(),
            Self::Text(text) => text.into_owned().into_any(),
            Self::View(view) => *view,
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Element(element) => element.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::View(_) => f.write_str("View"),
        }
    }
}

/// What stands in the document for a node.
#[expect(missing_debug_implementations, reason = "what it holds has none")]
pub enum NodeState {
    /// Of nothing.
    Nothing(types::Placeholder),
    /// Of an element.
    Element(ElementState),
    /// Of a text.
    Text(CowStrState<'static>),
    /// Of a view of another kind.
    View(AnyViewState),
}

impl NodeState {
    fn inner(&self) -> &dyn Mountable {
        match self {
            Self::Nothing(state) => state,
            Self::Element(state) => state,
            Self::Text(state) => state,
            Self::View(state) => state,
        }
    }

    fn inner_mut(&mut self) -> &mut dyn Mountable {
        match self {
            Self::Nothing(state) => state,
            Self::Element(state) => state,
            Self::Text(state) => state,
            Self::View(state) => state,
        }
    }
}

impl Mountable for NodeState {
    fn unmount(&mut self) {
        self.inner_mut().unmount();
    }

    fn mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) {
        self.inner_mut().mount(parent, marker);
    }

    fn try_mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) -> bool {
        self.inner_mut().try_mount(parent, marker)
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.inner().insert_before_this(child)
    }

    fn elements(&self) -> Vec<types::Element> {
        self.inner().elements()
    }
}

impl Render for Node {
    type State = NodeState;

    fn build(self) -> NodeState {
        match self {
            Self::Nothing => NodeState::Nothing(Render::build(())),
            Self::Element(element) => NodeState::Element(element.build()),
            Self::Text(text) => NodeState::Text(text.build()),
            Self::View(view) => NodeState::View(view.build()),
        }
    }

    fn rebuild(self, state: &mut NodeState) {
        match (self, state) {
            (Self::Nothing, NodeState::Nothing(_)) => {}
            (Self::Element(element), NodeState::Element(state)) => element.rebuild(state),
            (Self::Text(text), NodeState::Text(state)) => text.rebuild(state),
            (Self::View(view), NodeState::View(state)) => view.rebuild(state),
            (node, state) => {
                let mut new = node.build();
                state.insert_before_this(&mut new);
                state.unmount();
                *state = new;
            }
        }
    }
}

impl AddAnyAttr for Node {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, attribute: A) -> Self {
        match self {
            Self::Element(element) => Self::Element(element.add_any_attr(attribute)),
            Self::Nothing | Self::Text(_) => self,
            Self::View(view) => Self::View(Box::new(view.add_any_attr(attribute).into_any())),
        }
    }
}

impl RenderHtml for Node {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        match self {
            Self::Element(element) => element.dry_resolve(),
            Self::Nothing | Self::Text(_) => {}
            Self::View(view) => view.dry_resolve(),
        }
    }

    async fn resolve(self) -> Self {
        self.settled().await
    }

    fn html_len(&self) -> usize {
        match self {
            Self::Nothing => 3,
            Self::Element(element) => element.html_len(),
            Self::Text(text) => text.len(),
            Self::View(view) => view.html_len(),
        }
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        match self {
            Self::Nothing => {
                ().to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
            }
            Self::Element(element) => {
                element.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
            }
            Self::Text(text) => {
                text.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
            }
            Self::View(view) => {
                view.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
            }
        }
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        match self {
            Self::Nothing => {
                ().to_html_async_with_buf::<OUT_OF_ORDER>(
                    buf,
                    position,
                    escape,
                    mark_branches,
                    extra_attrs,
                );
            }
            Self::Element(element) => {
                element.to_html_async_with_buf::<OUT_OF_ORDER>(
                    buf,
                    position,
                    escape,
                    mark_branches,
                    extra_attrs,
                );
            }
            Self::Text(text) => {
                text.to_html_async_with_buf::<OUT_OF_ORDER>(
                    buf,
                    position,
                    escape,
                    mark_branches,
                    extra_attrs,
                );
            }
            Self::View(view) => {
                view.to_html_async_with_buf::<OUT_OF_ORDER>(
                    buf,
                    position,
                    escape,
                    mark_branches,
                    extra_attrs,
                );
            }
        }
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> NodeState {
        match self {
            Self::Nothing => NodeState::Nothing(RenderHtml::hydrate::<true>((), cursor, position)),
            Self::Element(element) => NodeState::Element(element.hydrate::<true>(cursor, position)),
            Self::Text(text) => NodeState::Text(text.hydrate::<true>(cursor, position)),
            Self::View(view) => NodeState::View(view.hydrate::<true>(cursor, position)),
        }
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> NodeState {
        match self {
            Self::Nothing => NodeState::Nothing(RenderHtml::hydrate::<true>((), cursor, position)),
            Self::Element(element) => {
                NodeState::Element(Box::pin(element.hydrate_async(cursor, position)).await)
            }
            Self::Text(text) => NodeState::Text(text.hydrate::<true>(cursor, position)),
            Self::View(view) => NodeState::View(view.hydrate_async(cursor, position).await),
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}
