//! Lists that grow and shrink only on the word of who reads them: nothing jumps away under a hand.

use crate::prelude::*;
use crate::ui::{Button, Size};

/// What is listed, and what would be if the list moved by itself.
#[derive(Debug)]
pub(super) struct Listed<K: Send + Sync + 'static> {
    shown: RwSignal<Vec<K>>,
    present: Memo<Vec<K>>,
}

impl<K: Send + Sync> Clone for Listed<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Send + Sync> Copy for Listed<K> {}

impl<K: Clone + PartialEq + Send + Sync> Listed<K> {
    /// Begins with all that is there.
    pub(super) fn of(present: Memo<Vec<K>>) -> Self {
        Self {
            shown: RwSignal::new(present.get_untracked()),
            present,
        }
    }

    /// What is listed.
    pub(super) fn get(self) -> Vec<K> {
        self.shown.get()
    }

    /// Whether anything is listed.
    pub(super) fn has_some(self) -> bool {
        self.shown.with(|shown| !shown.is_empty())
    }

    /// What came and went since, in words; `None` when nothing did.
    fn moved(self) -> Option<String> {
        self.shown.with(|shown| {
            self.present
                .with(|present| words(missing(present, shown), missing(shown, present)))
        })
    }
}

/// The button that says what came and went, and brings it.
#[component]
pub(super) fn Moved<K: Clone + PartialEq + Send + Sync + 'static>(
    listed: Listed<K>,
) -> impl IntoView {
    let moved = memo(move || listed.moved());
    let show = move |()| listed.shown.set(listed.present.get_untracked());
    let button = move || {
        moved.get().map(|words| {
            view! {
                <span role="status">
                    <Button size=Size::Small on_press=show>{words}</Button>
                </span>
            }
        })
    };
    button.into_render()
}

/// How many are in the one and not in the other.
fn missing<K: PartialEq>(one: &[K], other: &[K]) -> usize {
    one.iter().filter(|key| !other.contains(key)).count()
}

/// What came and went, as a word on a button.
fn words(news: usize, gone: usize) -> Option<String> {
    match (news, gone) {
        (0, 0) => None,
        (news, 0) => Some(format!("{news} new, show")),
        (0, gone) => Some(format!("{gone} over, put away")),
        (news, gone) => Some(format!("{news} new, {gone} over, show")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_went_is_said() {
        let (listed, present) = (["a", "b"], ["b", "c", "d"]);
        assert_eq!(
            (missing(&present, &listed), missing(&listed, &present)),
            (2, 1)
        );
        assert_eq!(words(0, 0), None);
        assert_eq!(words(2, 0).as_deref(), Some("2 new, show"));
        assert_eq!(words(2, 1).as_deref(), Some("2 new, 1 over, show"));
    }
}
