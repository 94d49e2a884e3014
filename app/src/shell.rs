//! The frame around every page: navigation, top bar, keys, toasts, and on the server the HTML document.

#![expect(
    unreachable_pub,
    reason = "the component macro writes items beside those that are re-exported"
)]

mod clock;
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod early;
mod frame;
mod keys;
mod look;
mod nav;
mod palette;
mod title;
mod toasts;
mod top;
mod who;

pub use clock::{provide_now, use_now};
#[cfg(feature = "ssr")]
pub(crate) use document::choice_of;
#[cfg(feature = "ssr")]
pub use document::{Assets, Installation, shell};
#[cfg(feature = "ssr")]
pub use early::Parts;
#[cfg(feature = "ssr")]
pub(crate) use early::name_parts;
pub use frame::Frame;
pub use keys::{provide_keys, use_key};
pub use look::provide_look;
pub use palette::provide_palette;
pub use title::{Title, provide_titles};
pub use toasts::{Toast, Toasts, provide_toasts, use_toasts};
pub use who::{provide_who, use_who};
