//! The signed-in person, known before the first page is drawn.

use leptos::prelude::*;

use crate::api::session::Whoami;
use crate::shared::shared;

#[derive(Clone)]
struct Who(StoredValue<Whoami>);

/// Takes the person from the request on the server, and from the document in the browser.
pub fn provide_who() {
    provide_context(Who(StoredValue::new(shared(on_server))));
}

/// The person, and the house they are in. Take it in the body of a component.
///
/// # Panics
/// Outside [`crate::App`].
pub fn use_who() -> Whoami {
    expect_context::<Who>().0.get_value()
}

#[cfg(feature = "ssr")]
fn on_server() -> Whoami {
    crate::api::whoami_now()
}

/// Only a document that no server of ours wrote leads here.
#[cfg(not(feature = "ssr"))]
fn on_server() -> Whoami {
    Whoami::default()
}
