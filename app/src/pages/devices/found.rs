//! The list that a search finds, whoever asks: the page itself, or the wait for documents that are read for it.

use crate::api::devices::Listing;
use crate::api::{Asked, Problem};
use crate::prelude::*;
use crate::routes::Search;

/// What is found. `Copy`; await [`Found::answer`] in a `Suspend`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    page: Asked<Listing>,
    search: Memo<Search>,
    /// The list that documents were read for, which is given once: asked for anew they would be read again.
    read: RwSignal<Option<(Search, Listing)>>,
}

impl Found {
    pub(super) fn of(search: Memo<Search>, page: Asked<Listing>) -> Self {
        Self {
            page,
            search,
            read: RwSignal::new(None),
        }
    }

    /// What is there to show now.
    pub(super) fn answer(self) -> impl Future<Output = Result<Listing, Problem>> + Send {
        let read = self.read.get();
        async move {
            match (self.page.await?, read) {
                (Listing::Reading(first), Some((of, listing))) => {
                    let is_of_now = self.search.with_untracked(|search| *search == of);
                    Ok(if is_of_now {
                        listing
                    } else {
                        Listing::Reading(first)
                    })
                }
                (listing, _) => Ok(listing),
            }
        }
    }

    /// Takes the list that documents were read for.
    pub(super) fn take(self, of: Search, listing: Listing) {
        self.read.try_set(Some((of, listing)));
    }

    /// Asks anew.
    pub(super) fn again(self) {
        // Only when there is one: what is shown stays as it is until the answer comes.
        if self.read.with_untracked(Option::is_some) {
            self.read.try_set(None);
        }
        self.page.refetch();
    }
}
