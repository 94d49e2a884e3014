//! Leptos, with one kind of element.
//!
//! Leptos has a type for every element: for each tag, and each list of attributes and closures on it. Every one brings
//! its own code for building, hydrating and changing it into the program that a browser loads, a fifth of the whole.
//! Here an element is a value, [`element::Element`]: what it is called, what stands on it and in it is data, and one copy
//! of the code serves all.
//!
//! [`signal`] does the same for what keeps a value.
//!
//! It is used in the place of Leptos, under its name (`leptos = { package = "lean" }`), and offers everything that
//! Leptos does. `view!` is Leptos' own: it names what it makes by paths, and where those lead to elements, closures and
//! children, they lead here. What the two sides of hydration write and look for is of this crate on both.
//!
//! It deliberately does not check which attributes an element may have, nor delegate events, nor know custom elements
//! and formulas.

#[cfg(all(test, feature = "ssr"))]
extern crate self as leptos; // `view!` names what it makes from there.

pub use leptos_itself::*;

pub mod attribute;
pub mod content;
pub mod dynamic;
pub mod element;
pub mod erase;
mod names;
pub mod node;
pub mod signal;
pub mod suspend;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use dynamic::shared as __as_shared_reactive_fn;

/// Everything a page needs, as Leptos has it.
pub mod prelude {
    pub use leptos_itself::prelude::*;

    pub use crate::content::IntoAttributeValue;
    pub use crate::dynamic::IntoRender;
    pub use crate::erase::{IntoAny, IntoMaybeErased, Marked, View};
    pub use crate::signal::{Action, ArcRwSignal, Memo, RwSignal, Signal, StoredValue};
    pub use crate::suspend::Suspend;
}

/// Where `view!` looks for elements.
pub mod tachys {
    pub use leptos_itself::tachys::*;

    /// What belongs to HTML.
    pub mod html {
        pub use leptos_itself::tachys::html::*;

        pub use crate::names::html as element;
    }

    pub use crate::names::svg;
}
