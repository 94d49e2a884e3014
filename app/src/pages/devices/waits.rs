//! What rarely stands where the list does, and has a program of its own: the list waits for the index or for documents.

use std::sync::Arc;

use super::building::{Progress, Waiting};
use super::found::Found;
use super::reading::Slow;
use crate::api::devices::{Building, Reading};
use crate::prelude::*;
use crate::routes::Search;
use crate::ui::{Part, Room, soon};

/// What is waited for, and how far it was when the page was read.
#[derive(Clone)]
pub(super) enum Wait {
    /// The list for the index; the page is read again when it is whole.
    List(Building, Callback<()>),
    /// Conditions and orders for the index, while the list is there.
    Orders(Building),
    /// The list for documents that are read.
    Documents(Reading, Search, Found),
}

impl Wait {
    /// Where it stands.
    pub(super) fn shown(self) -> AnyView {
        soon(Room::Notice, move || devices_wait(self.clone()))
    }
}

#[lazy]
fn devices_wait(wait: Wait) -> Part {
    Arc::new(move || match wait.clone() {
        Wait::List(first, on_whole) => view! { <Waiting first=first on_whole=on_whole /> },
        Wait::Orders(first) => view! { <Progress first=first /> },
        Wait::Documents(first, search, found) => {
            view! { <Slow first=first search=search found=found /> }
        }
    })
}
