//! What stands on an element: attributes, classes, styles, properties, listeners, references.

use std::borrow::Cow;
use std::fmt;

use leptos_itself::prelude::{Owner, RenderEffect};
use leptos_itself::tachys::html::attribute::Attribute as _;
use leptos_itself::tachys::html::attribute::any_attribute::{AnyAttribute, AnyAttributeState};
use leptos_itself::tachys::renderer::{RemoveEventHandler, Rndr, types};
use leptos_itself::wasm_bindgen::JsValue;
use send_wrapper::SendWrapper;

use crate::content::{Changing, Content};

/// What an attribute stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An attribute of the markup.
    Plain,
    /// One class among others, there or not.
    Class,
    /// One style among others.
    Style,
    /// A property of the element in the browser.
    Property,
    /// The markup inside.
    Inside,
    /// A listener.
    Listener,
    /// A reference to the element.
    Reference,
    /// What a component was given for its element.
    Spread,
}

/// A listener for an event.
pub struct Listener {
    /// The event.
    pub(crate) event: Cow<'static, str>,
    /// Whether it hears before what stands deeper.
    pub(crate) captures: bool,
    /// Under whom it runs.
    pub(crate) owner: Owner,
    /// What runs; only used in a browser, on its one thread.
    pub(crate) run: SendWrapper<Box<dyn FnMut(JsValue)>>,
}

/// What is given for an attribute.
pub(crate) enum Given {
    Content(Content),
    Changing(Changing),
    Listener(Box<Listener>),
    Reference(Box<dyn FnOnce(&types::Element) + Send>),
    Spread(Box<AnyAttribute>),
}

/// Something on an element.
pub(crate) struct Attribute {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) given: Given,
}

/// What is kept of it in the browser.
pub(crate) struct AttributeState {
    kind: Kind,
    name: &'static str,
    kept: Kept,
}

enum Kept {
    Content(Content),
    Changing(RenderEffect<Content>),
    Listener(
        #[expect(dead_code, reason = "dropped, it listens no more")]
        RemoveEventHandler<types::Element>,
    ),
    Spread(#[expect(dead_code, reason = "lives as long as the element")] AnyAttributeState),
    Nothing,
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.name)
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Listener {
    fn attach(self, element: &types::Element) -> RemoveEventHandler<types::Element> {
        let Self {
            event,
            captures,
            owner,
            run,
        } = self;
        let mut run = run.take();
        let run = Box::new(move |event: JsValue| {
            // What a listener reads it reads once, as it should: Leptos need not warn of it.
            #[cfg(debug_assertions)]
            let _zone = leptos_itself::reactive::diagnostics::SpecialNonReactiveZone::enter();
            owner.with(|| run(event));
        });
        if captures {
            Rndr::add_event_listener_use_capture(element, &event, run)
        } else {
            Rndr::add_event_listener(element, &event, run)
        }
    }
}

impl Attribute {
    /// Puts it on an element, which has `was` of it already.
    pub(crate) fn put(self, element: &types::Element, was: Was) -> AttributeState {
        let Self { kind, name, given } = self;
        let kept = match given {
            Given::Content(content) => {
                put(kind, element, name, &content, &was);
                Kept::Content(content)
            }
            Given::Changing(run) => Kept::Changing(follow(kind, element.clone(), name, run, was)),
            Given::Listener(listener) => Kept::Listener(listener.attach(element)),
            Given::Reference(load) => {
                load(element);
                Kept::Nothing
            }
            Given::Spread(attribute) => Kept::Spread(match was {
                Was::Written => attribute.hydrate::<true>(element),
                Was::Nothing | Was::Content(_) => attribute.build(element),
            }),
        };
        AttributeState { kind, name, kept }
    }

    /// Asks for what changes, so that what it waits for is known.
    pub(crate) fn dry_resolve(&mut self) {
        match &mut self.given {
            Given::Changing(run) => drop(run()),
            Given::Spread(attribute) => attribute.dry_resolve(),
            Given::Content(_) | Given::Listener(_) | Given::Reference(_) => {}
        }
    }

    /// What changes, as it is now.
    pub(crate) async fn resolve(self) -> Self {
        let Self { kind, name, given } = self;
        let given = match given {
            Given::Changing(mut run) => Given::Content(run()),
            Given::Spread(attribute) => Given::Spread(Box::new(attribute.resolve().await)),
            given => given,
        };
        Self { kind, name, given }
    }

    /// Writes it where it belongs.
    pub(crate) fn write(self, markup: &mut Markup<'_>) {
        let Self { kind, name, given } = self;
        let content = match given {
            Given::Content(content) => content,
            Given::Changing(mut run) => run(),
            Given::Spread(attribute) => {
                return attribute.to_html(
                    markup.tag,
                    &mut markup.class,
                    &mut markup.style,
                    &mut markup.inside,
                );
            }
            Given::Listener(_) | Given::Reference(_) => return,
        };
        let Some(text) = content.text() else {
            return;
        };
        match kind {
            Kind::Plain if name == "class" => {
                markup.class.clear();
                markup.class.push_str(text);
            }
            Kind::Plain if name == "style" => markup.style.push_str(text),
            Kind::Plain => write_value(markup.tag, name, &content),
            Kind::Class => {
                markup.class.push(' ');
                markup.class.push_str(name);
            }
            Kind::Style => {
                markup.style.push_str(name);
                markup.style.push(':');
                markup.style.push_str(text);
                markup.style.push(';');
            }
            Kind::Inside => markup.inside.push_str(text),
            Kind::Property | Kind::Listener | Kind::Reference | Kind::Spread => {}
        }
    }
}

/// The opening tag of an element as it is written, and what is gathered for its end.
pub(crate) struct Markup<'a> {
    pub(crate) tag: &'a mut String,
    pub(crate) class: String,
    pub(crate) style: String,
    pub(crate) inside: String,
}

impl<'a> Markup<'a> {
    pub(crate) const fn new(tag: &'a mut String) -> Self {
        Self {
            tag,
            class: String::new(),
            style: String::new(),
            inside: String::new(),
        }
    }

    /// Writes what was gathered, and gives the markup inside.
    pub(crate) fn end(self) -> String {
        for (name, text) in [("class", self.class), ("style", self.style)] {
            let text = text.trim();
            if !text.is_empty() {
                write_value(self.tag, name, &Content::Text(text.to_owned().into()));
            }
        }
        self.inside
    }
}

fn write_value(tag: &mut String, name: &str, content: &Content) {
    tag.push(' ');
    tag.push_str(name);
    if let Content::Text(text) = content {
        tag.push_str("=\"");
        html_escape::encode_double_quoted_attribute_to_string(text, tag);
        tag.push('"');
    }
}

/// What an element has of an attribute already.
pub(crate) enum Was {
    /// Nothing.
    Nothing,
    /// What the server wrote.
    Written,
    /// What was put there before.
    Content(Content),
}

impl AttributeState {
    /// Whether that can take the place of this on the same element. An element of another id or name is another one, and
    /// what a person wrote in this is not for that.
    pub(crate) fn fits(&self, new: &Attribute) -> bool {
        let is_same = match (&self.kept, &new.given) {
            (Kept::Content(old), Given::Content(new)) => {
                !matches!(self.name, "id" | "name") || old == new
            }
            (Kept::Spread(_), _) => false,
            _ => true,
        };
        is_same && self.kind == new.kind && self.name == new.name
    }

    /// Puts that in the place of this.
    pub(crate) fn change(&mut self, element: &types::Element, new: Attribute) {
        let was = match std::mem::replace(&mut self.kept, Kept::Nothing) {
            Kept::Content(content) => Was::Content(content),
            Kept::Changing(effect) => effect.take_value().map_or(Was::Nothing, Was::Content),
            // Dropped, it listens no more.
            Kept::Listener(_) | Kept::Spread(_) | Kept::Nothing => Was::Nothing,
        };
        *self = new.put(element, was);
    }
}

fn follow(
    kind: Kind,
    element: types::Element,
    name: &'static str,
    mut run: Changing,
    was: Was,
) -> RenderEffect<Content> {
    let mut first = Some(was);
    RenderEffect::new(move |before: Option<Content>| {
        let content = run();
        let was = before.map(Was::Content).or_else(|| first.take());
        put(kind, &element, name, &content, &was.unwrap_or(Was::Nothing));
        content
    })
}

fn put(kind: Kind, element: &types::Element, name: &str, content: &Content, was: &Was) {
    let is_there = match was {
        Was::Nothing => false,
        Was::Written => true,
        // A class goes with the others when all are written anew.
        Was::Content(was) => was == content && kind != Kind::Class,
    };
    if kind == Kind::Property {
        // What a person typed is in the property and not known here.
        let value = match content {
            Content::Absent => JsValue::UNDEFINED,
            Content::Flag(flag) => JsValue::from_bool(*flag),
            Content::Text(text) => JsValue::from_str(text),
        };
        if !matches!(
            (content, was),
            (Content::Absent, Was::Nothing | Was::Written)
        ) {
            Rndr::set_property_or_value(element, name, &value);
        }
        return;
    }
    if is_there {
        return;
    }
    let was_there = matches!(was, Was::Content(was) if was.text().is_some());
    match (kind, content.text()) {
        (Kind::Plain, Some(text)) => Rndr::set_attribute(element, name, text),
        (Kind::Plain, None) if was_there => Rndr::remove_attribute(element, name),
        (Kind::Class, Some(_)) => Rndr::add_class(&Rndr::class_list(element), name),
        (Kind::Class, None) if was_there => {
            Rndr::remove_class(&Rndr::class_list(element), name);
        }
        (Kind::Style, Some(text)) => {
            Rndr::set_css_property(&Rndr::style(element), name, text);
        }
        (Kind::Style, None) if was_there => {
            Rndr::remove_css_property(&Rndr::style(element), name);
        }
        (Kind::Inside, text) => Rndr::set_inner_html(element, text.unwrap_or_default()),
        _ => {}
    }
}
