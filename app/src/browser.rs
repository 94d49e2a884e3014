//! The few things that pages ask of the browser itself: cookies, focus, visibility, the clipboard.
//!
//! On the server every function is there and does nothing: they are called from effects and event handlers,
//! which only a browser runs.

#[cfg(not(feature = "hydrate"))]
mod absent;
#[cfg(feature = "hydrate")]
mod present;

#[cfg(not(feature = "hydrate"))]
pub use absent::*;
#[cfg(feature = "hydrate")]
pub use present::*;

/// Where an element stands in the window, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge; negative above what is seen.
    pub top: f64,
    /// Its lower edge.
    pub bottom: f64,
}
