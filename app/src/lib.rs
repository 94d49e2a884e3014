//! The console: pages, the parts they are made of, server functions, and the live channel.
//!
//! Compiled twice. With `ssr` it renders documents and answers server functions over `fleet`; with `hydrate` it
//! takes over in the browser. Both sides share the data types, the routes and all views, and must write the same
//! text for the same data: no clock, no chance and no locale in a view.
//!
//! The way in: [`routes`] for where pages are and [`router`] for which is shown, [`ui`] for what they are made of, [`api`] for what they ask,
//! [`live`] for what keeps them current. The server mounts `shell` (the document), `live::serve` (the channel)
//! and the server functions.

#![recursion_limit = "256"]

pub mod api;
pub mod browser;
pub mod conditions;
pub mod format;
mod language;
pub mod live;
mod names;
pub mod pages;
mod prelude;
pub mod router;
pub mod routes;
mod shared;
pub mod shell;
pub mod ui;

use crate::prelude::*;
use router::Router;
#[cfg(feature = "ssr")]
pub use shell::{Assets, Installation, Parts, shell};
use ui::Sprite;

/// The whole console.
#[component]
pub fn App() -> impl IntoView {
    shell::provide_titles();
    shell::provide_who();
    shell::provide_now(shell::use_who().as_of);
    shell::provide_look();
    shell::provide_toasts();
    shell::provide_keys();
    shell::provide_palette();
    live::provide_live();
    view! {
        <Sprite />
        <Router />
    }
}
