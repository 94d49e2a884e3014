//! The one kind of element.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use futures::future::{join, join_all};
use leptos_itself::prelude::{AddAnyAttr, Mountable, Owner, Render, RenderHtml};
use leptos_itself::tachys::html::attribute::Attribute as AnyKind;
use leptos_itself::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos_itself::tachys::html::element::ElementType;
use leptos_itself::tachys::html::event::EventDescriptor;
use leptos_itself::tachys::html::node_ref::NodeRefContainer;
use leptos_itself::tachys::hydration::Cursor;
use leptos_itself::tachys::renderer::{CastFrom, Rndr, types};
use leptos_itself::tachys::ssr::StreamBuilder;
use leptos_itself::tachys::view::{Position, PositionState};
use leptos_itself::wasm_bindgen::JsValue;
use send_wrapper::SendWrapper;

use crate::attribute::{Attribute, AttributeState, Given, Kind, Listener, Markup, Was};
use crate::content::{Changing, Content, Give};
use crate::erase::nodes;
use crate::node::{Node, NodeState};

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element of HTML or SVG with what stands on it and in it.
pub struct Element(Box<Inner>);

struct Inner {
    tag: &'static str,
    namespace: Option<&'static str>,
    attributes: Vec<Attribute>,
    children: Vec<Node>,
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.0.tag)
            .field(&self.0.attributes)
            .field(&self.0.children)
            .finish()
    }
}

/// Whether an element of that name has nothing in it and no closing tag.
fn is_void(tag: &str) -> bool {
    matches!(
        tag,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether what stands in an element of that name is text and nothing else, which is written and then left alone.
fn is_raw(tag: &str) -> bool {
    matches!(tag, "noscript" | "script" | "style" | "textarea")
}

impl Element {
    #[inline(never)]
    fn new(tag: &'static str, namespace: Option<&'static str>) -> Self {
        Self(Box::new(Inner {
            tag,
            namespace,
            attributes: Vec::new(),
            children: Vec::new(),
        }))
    }

    /// An empty element of HTML.
    pub fn html(tag: &'static str) -> Self {
        Self::new(tag, None)
    }

    /// An empty element of SVG.
    pub fn svg(tag: &'static str) -> Self {
        Self::new(tag, Some(SVG))
    }

    /// Puts something in.
    #[must_use]
    pub fn child<T: RenderHtml>(self, child: T) -> Self {
        self.fill(nodes(child))
    }

    #[inline(never)]
    fn fill(mut self, children: Vec<Node>) -> Self {
        if self.0.children.is_empty() {
            self.0.children = children;
        } else {
            self.0.children.extend(children);
        }
        self
    }

    #[inline(never)]
    fn with(mut self, kind: Kind, name: &'static str, given: Given) -> Self {
        self.0.attributes.push(Attribute { kind, name, given });
        self
    }

    // One way for each kind of thing that is given: pages call these for every attribute, with as little code as can be.

    #[inline(never)]
    pub(crate) fn set(self, kind: Kind, name: &'static str, content: Content) -> Self {
        self.with(kind, name, Given::Content(content))
    }

    #[inline(never)]
    pub(crate) fn set_literal(self, kind: Kind, name: &'static str, text: &'static str) -> Self {
        self.set(kind, name, Content::Text(Cow::Borrowed(text)))
    }

    #[inline(never)]
    pub(crate) fn set_text(self, kind: Kind, name: &'static str, text: String) -> Self {
        self.set(kind, name, Content::Text(Cow::Owned(text)))
    }

    #[inline(never)]
    pub(crate) fn set_changing(self, kind: Kind, name: &'static str, run: Changing) -> Self {
        self.with(kind, name, Given::Changing(run))
    }

    /// An attribute by its name.
    #[must_use]
    pub fn attr(self, name: &'static str, value: impl Give) -> Self {
        value.give(
            self,
            Kind::Plain,
            name.strip_prefix("attr:").unwrap_or(name),
        )
    }

    /// All classes, or one with whether it is there.
    #[must_use]
    pub fn class(self, class: impl Among) -> Self {
        class.among(self, "class", Kind::Class)
    }

    /// All styles, or one with its value.
    #[must_use]
    pub fn style(self, style: impl Among) -> Self {
        style.among(self, "style", Kind::Style)
    }

    /// A property in the browser.
    #[must_use]
    pub fn prop(self, name: &'static str, value: impl Give) -> Self {
        value.give(self, Kind::Property, name)
    }

    /// Markup inside, which is not escaped.
    #[must_use]
    pub fn inner_html(self, markup: impl Give) -> Self {
        markup.give(self, Kind::Inside, "")
    }

    /// A listener.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "`view!` gives it so")]
    pub fn on<E, F>(self, event: E, mut run: F) -> Self
    where
        E: EventDescriptor,
        E::EventType: From<JsValue>,
        F: FnMut(E::EventType) + 'static,
    {
        if cfg!(feature = "ssr") {
            return self;
        }
        self.listen(
            event.name(),
            E::CAPTURE,
            Box::new(move |event| run(event.into())),
        )
    }

    #[inline(never)]
    fn listen(
        self,
        event: Cow<'static, str>,
        captures: bool,
        run: Box<dyn FnMut(JsValue)>,
    ) -> Self {
        let listener = Listener {
            event,
            captures,
            owner: Owner::current().unwrap_or_default(),
            run: SendWrapper::new(run),
        };
        self.with(Kind::Listener, "", Given::Listener(Box::new(listener)))
    }

    /// With what it waits for. Of a type that does not name itself, as elements stand in elements.
    pub(crate) fn settled(mut self) -> Pin<Box<dyn Future<Output = Self> + Send>> {
        let attributes = std::mem::take(&mut self.0.attributes);
        let attributes = join_all(attributes.into_iter().map(Attribute::resolve));
        let children = std::mem::take(&mut self.0.children);
        let children = join_all(children.into_iter().map(Node::settled));
        Box::pin(async move {
            (self.0.attributes, self.0.children) = join(attributes, children).await;
            self
        })
    }

    /// A reference, which is set when the element is there.
    #[must_use]
    pub fn node_ref<E, C>(self, reference: C) -> Self
    where
        E: ElementType,
        C: NodeRefContainer<E>,
    {
        let load = Box::new(move |element: &types::Element| reference.load(element));
        self.with(Kind::Reference, "", Given::Reference(load))
    }
}

/// What can be given for classes and styles: all of them, or one by its name.
pub trait Among {
    /// Puts it on an element.
    fn among(self, element: Element, all: &'static str, one: Kind) -> Element;
}

impl<T: Give> Among for T {
    fn among(self, element: Element, all: &'static str, _: Kind) -> Element {
        self.give(element, Kind::Plain, all)
    }
}

impl<T: Give> Among for (&'static str, T) {
    fn among(self, element: Element, _: &'static str, one: Kind) -> Element {
        self.1.give(element, one, self.0)
    }
}

/// What stands in the document for an element.
#[expect(missing_debug_implementations, reason = "what it holds has none")]
pub struct ElementState {
    element: types::Element,
    tag: &'static str,
    attributes: Vec<AttributeState>,
    children: Vec<NodeState>,
}

impl ElementState {
    fn fits(&self, new: &Inner) -> bool {
        self.tag == new.tag
            && self.attributes.len() == new.attributes.len()
            && self
                .attributes
                .iter()
                .zip(&new.attributes)
                .all(|(old, new)| old.fits(new))
    }
}

impl Mountable for ElementState {
    fn unmount(&mut self) {
        Rndr::remove(&self.element);
    }

    fn mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) {
        Rndr::insert_node(parent, &self.element, marker);
    }

    fn try_mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) -> bool {
        Rndr::try_insert_node(parent, &self.element, marker)
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<types::Element> {
        vec![self.element.clone()]
    }
}

impl Inner {
    /// Writes the opening tag, and gives the markup inside where that is given.
    fn open(&mut self, buf: &mut String, extra: Vec<AnyAttribute>) -> String {
        buf.push('<');
        buf.push_str(self.tag);
        let mut markup = Markup::new(buf);
        for attribute in std::mem::take(&mut self.attributes) {
            attribute.write(&mut markup);
        }
        for attribute in extra {
            attribute.to_html(
                markup.tag,
                &mut markup.class,
                &mut markup.style,
                &mut markup.inside,
            );
        }
        let inside = markup.end();
        buf.push('>');
        inside
    }

    /// Writes what stands in an element that holds text only. In scripts and styles nothing is escaped; what stands in a
    /// `textarea` may come from anybody, and is.
    fn write_text(&mut self, buf: &mut String) {
        let mut text = String::new();
        for child in std::mem::take(&mut self.children) {
            let position = &mut Position::FirstChild;
            child.to_html_with_buf(&mut text, position, false, false, Vec::new());
        }
        if self.tag == "textarea" {
            html_escape::encode_text_to_string(&text, buf);
        } else {
            buf.push_str(&text);
        }
    }

    fn close(&self, buf: &mut String) {
        buf.push_str("</");
        buf.push_str(self.tag);
        buf.push('>');
    }

    /// Moves to the element that the server wrote.
    fn find(&self, cursor: &Cursor, position: &PositionState) -> types::Element {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        let Some(element) = types::Element::cast_from(cursor.current()) else {
            panic!("the server wrote something else than <{}>", self.tag);
        };
        position.set(Position::FirstChild);
        element
    }
}

fn take_over(attributes: Vec<Attribute>, element: &types::Element) -> Vec<AttributeState> {
    let put = |attribute: Attribute| attribute.put(element, Was::Written);
    attributes.into_iter().map(put).collect()
}

fn leave(element: &types::Element, cursor: &Cursor, position: &PositionState) {
    let node: &types::Node = element.as_ref();
    cursor.set(node.clone());
    position.set(Position::NextChild);
}

impl Render for Element {
    type State = ElementState;

    #[inline(never)]
    fn build(self) -> ElementState {
        let inner = *self.0;
        let element = Rndr::create_element(inner.tag, inner.namespace);
        let put = |attribute: Attribute| attribute.put(&element, Was::Nothing);
        let attributes = inner.attributes.into_iter().map(put).collect();
        let build = |child: Node| {
            let mut child = child.build();
            child.mount(&element, None);
            child
        };
        let children = inner.children.into_iter().map(build).collect();
        ElementState {
            tag: inner.tag,
            attributes,
            children,
            element,
        }
    }

    #[inline(never)]
    fn rebuild(self, state: &mut ElementState) {
        if !state.fits(&self.0) {
            let mut new = self.build();
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
            return;
        }
        let inner = *self.0;
        for (old, new) in state.attributes.iter_mut().zip(inner.attributes) {
            old.change(&state.element, new);
        }
        if is_raw(inner.tag) {
            return;
        }
        for mut child in state
            .children
            .drain(inner.children.len().min(state.children.len())..)
        {
            child.unmount();
        }
        let mut new = inner.children.into_iter();
        for (old, new) in state.children.iter_mut().zip(new.by_ref()) {
            new.rebuild(old);
        }
        for child in new {
            let mut child = child.build();
            child.mount(&state.element, None);
            state.children.push(child);
        }
    }
}

impl AddAnyAttr for Element {
    type Output<A: AnyKind> = Self;

    fn add_any_attr<A: AnyKind>(self, attribute: A) -> Self {
        let attribute = attribute.into_cloneable_owned().into_any_attr();
        self.with(Kind::Spread, "", Given::Spread(Box::new(attribute)))
    }
}

impl RenderHtml for Element {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        for attribute in &mut self.0.attributes {
            attribute.dry_resolve();
        }
        for child in &mut self.0.children {
            child.dry_resolve();
        }
    }

    async fn resolve(self) -> Self {
        self.settled().await
    }

    fn html_len(&self) -> usize {
        let children = self.0.children.iter().map(Node::html_len);
        2 * self.0.tag.len() + 5 + 16 * self.0.attributes.len() + children.sum::<usize>()
    }

    fn to_html_with_buf(
        mut self,
        buf: &mut String,
        position: &mut Position,
        _escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let inside = self.0.open(buf, extra_attrs);
        if !is_void(self.0.tag) {
            buf.push_str(&inside);
            if is_raw(self.0.tag) {
                self.0.write_text(buf);
            }
            *position = Position::FirstChild;
            for child in std::mem::take(&mut self.0.children) {
                child.to_html_with_buf(buf, position, true, mark_branches, Vec::new());
            }
            self.0.close(buf);
        }
        *position = Position::NextChild;
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        mut self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        _escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let mut tag = String::new();
        let inside = self.0.open(&mut tag, extra_attrs);
        if !is_void(self.0.tag) {
            tag.push_str(&inside);
            if is_raw(self.0.tag) {
                self.0.write_text(&mut tag);
            }
            buf.push_sync(&tag);
            *position = Position::FirstChild;
            for child in std::mem::take(&mut self.0.children) {
                child.to_html_async_with_buf::<OUT_OF_ORDER>(
                    buf,
                    position,
                    true,
                    mark_branches,
                    Vec::new(),
                );
            }
            tag.clear();
            self.0.close(&mut tag);
        }
        buf.push_sync(&tag);
        *position = Position::NextChild;
    }

    #[inline(never)]
    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> ElementState {
        let inner = *self.0;
        let element = inner.find(cursor, position);
        let attributes = take_over(inner.attributes, &element);
        let mut children = Vec::new();
        if !is_raw(inner.tag) {
            for child in inner.children {
                children.push(child.hydrate::<true>(cursor, position));
            }
        }
        leave(&element, cursor, position);
        ElementState {
            element,
            tag: inner.tag,
            attributes,
            children,
        }
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> ElementState {
        let inner = *self.0;
        let element = inner.find(cursor, position);
        let attributes = take_over(inner.attributes, &element);
        let mut children = Vec::new();
        if !is_raw(inner.tag) {
            for child in inner.children {
                children.push(child.hydrate_async(cursor, position).await);
            }
        }
        leave(&element, cursor, position);
        ElementState {
            element,
            tag: inner.tag,
            attributes,
            children,
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}
