//! What stands in an attribute, a class, a style or a property.

use std::borrow::Cow;

use leptos_itself::oco::Oco;
use leptos_itself::prelude::{ArcMemo, Get, ReadSignal};
use leptos_itself::text_prop::TextProp;

use crate::attribute::Kind;
use crate::dynamic::Shared;
use crate::element::Element;
use crate::signal::{Memo, RwSignal, Signal};

/// What stands in an attribute now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// The attribute is not there.
    #[default]
    Absent,
    /// It is there without a value, or is not.
    Flag(bool),
    /// Its value.
    Text(Cow<'static, str>),
}

impl Content {
    /// The value, if the attribute is there.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Absent | Self::Flag(false) => None,
            Self::Flag(true) => Some(""),
            Self::Text(text) => Some(text),
        }
    }
}

/// A content that is asked for again whenever a signal that it reads changes.
pub type Changing = Box<dyn FnMut() -> Content + Send>;

/// What can stand in an attribute as it is.
pub trait IntoContent {
    /// What stands there.
    fn into_content(self) -> Content;
}

/// What can be given for an attribute: something that stands there, or closures and signals of it.
pub trait Give: Sized {
    /// Puts it on an element.
    fn give(self, element: Element, kind: Kind, name: &'static str) -> Element;
}

impl IntoContent for bool {
    fn into_content(self) -> Content {
        Content::Flag(self)
    }
}

impl IntoContent for &'static str {
    fn into_content(self) -> Content {
        Content::Text(Cow::Borrowed(self))
    }
}

impl IntoContent for String {
    fn into_content(self) -> Content {
        Content::Text(Cow::Owned(self))
    }
}

impl IntoContent for Cow<'static, str> {
    fn into_content(self) -> Content {
        Content::Text(self)
    }
}

impl IntoContent for Oco<'static, str> {
    fn into_content(self) -> Content {
        self.into_owned().into_content()
    }
}

#[cfg(feature = "nonce")]
impl IntoContent for leptos_itself::nonce::Nonce {
    fn into_content(self) -> Content {
        self.to_string().into_content()
    }
}

impl<T: IntoContent> IntoContent for Option<T> {
    fn into_content(self) -> Content {
        self.map_or(Content::Absent, IntoContent::into_content)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl IntoContent for $number {
            fn into_content(self) -> Content {
                self.to_string().into_content()
            }
        })*
        as_they_are!($($number),*);
    };
}

macro_rules! as_they_are {
    ($($given:ty),*) => {
        $(impl Give for $given {
            fn give(self, element: Element, kind: Kind, name: &'static str) -> Element {
                element.set(kind, name, self.into_content())
            }
        })*
    };
}

numbers!(i32, i64, u8, u16, u32, u64, usize, f64);
as_they_are!(bool, Cow<'static, str>, Oco<'static, str>);

impl Give for &'static str {
    fn give(self, element: Element, kind: Kind, name: &'static str) -> Element {
        element.set_literal(kind, name, self)
    }
}

impl Give for String {
    fn give(self, element: Element, kind: Kind, name: &'static str) -> Element {
        element.set_text(kind, name, self)
    }
}

impl<T: IntoContent> Give for Option<T> {
    fn give(self, element: Element, kind: Kind, name: &'static str) -> Element {
        element.set(kind, name, self.into_content())
    }
}

impl Give for TextProp {
    fn give(self, element: Element, kind: Kind, name: &'static str) -> Element {
        element.set_changing(kind, name, Box::new(move || self.get().into_content()))
    }
}

impl<F, T> Give for F
where
    F: FnMut() -> T + Send + 'static,
    T: IntoContent,
{
    fn give(mut self, element: Element, kind: Kind, name: &'static str) -> Element {
        element.set_changing(kind, name, Box::new(move || self().into_content()))
    }
}

impl<F, T> Give for Shared<F>
where
    F: FnMut() -> T + Send + 'static,
    T: IntoContent,
{
    fn give(self, element: Element, kind: Kind, name: &'static str) -> Element {
        self.0.give(element, kind, name)
    }
}

macro_rules! signals {
    ($($signal:ident),*) => {
        $(impl<T> Give for $signal<T>
        where
            T: IntoContent + Clone + Send + Sync + 'static,
        {
            fn give(self, element: Element, kind: Kind, name: &'static str) -> Element {
                element.set_changing(kind, name, Box::new(move || self.get().into_content()))
            }
        })*
    };
}

signals!(Signal, Memo, RwSignal, ReadSignal, ArcMemo);

/// As Leptos' trait of this name, through which `view!` hands on what is given: whatever it is, it stays.
pub trait IntoAttributeValue: Sized {
    /// The same.
    #[must_use]
    fn into_attribute_value(self) -> Self {
        self
    }
}

impl<T> IntoAttributeValue for T {}
