//! The question before a deed that a person would feel at once: what follows from it, and one press more.

use super::deeds::{Deed, Deeds};
use crate::api::session::Role;
use crate::prelude::*;
use crate::ui::{Button, Dialog, Kind};

/// What waits for an answer: the deed, and whom it is about.
#[derive(Clone, Copy)]
pub(super) struct Confirm {
    asked: RwSignal<Option<(Deed, String)>>,
    is_open: RwSignal<bool>,
}

impl Confirm {
    /// Nothing is asked yet.
    pub(super) fn new() -> Self {
        Self {
            asked: RwSignal::new(None),
            is_open: RwSignal::new(false),
        }
    }

    /// Asks before doing it.
    pub(super) fn ask(self, deed: Deed, name: String) {
        self.asked.set(Some((deed, name)));
        self.is_open.set(true);
    }
}

/// What is asked: a question, what follows, the word on the button, and whether it takes something away.
fn question(deed: &Deed, name: &str, sessions: usize) -> [String; 3] {
    let ends = match sessions {
        0 => "Nobody is signed in as this person now.".to_owned(),
        1 => "1 session ends at once, and what was being written there is lost.".to_owned(),
        many => format!("{many} sessions end at once, and what was being written there is lost."),
    };
    let [title, follows, word] = match deed {
        Deed::ResetPassword { .. } => [
            format!("Make up a new password for {name}?"),
            format!(
                "The present one stops to work. The new one is shown to you once; {name} must choose another when they sign in. {ends}"
            ),
            "Make up a password".to_owned(),
        ],
        Deed::Enable { .. } => [
            format!("Keep {name} from signing in?"),
            format!("{ends} Nothing that {name} did is undone, and you can let them in again."),
            "Disable".to_owned(),
        ],
        Deed::EndSessions { .. } => [
            format!("End all sessions of {name}?"),
            format!("{ends} {name} can sign in again."),
            "End all sessions".to_owned(),
        ],
        Deed::Role {
            role: Role::Admin, ..
        } => [
            format!("Make {name} an administrator?"),
            format!(
                "{name} can then change everything, people and policies included, and can take this role from you."
            ),
            "Make administrator".to_owned(),
        ],
        Deed::Role { .. } | Deed::Invite { .. } => {
            [name.to_owned(), String::new(), "Do it".to_owned()]
        }
    };
    [title, follows, word]
}

/// The dialog.
#[component]
pub(super) fn Confirming(
    confirm: Confirm,
    deeds: Deeds,
    #[prop(into)] sessions: Signal<usize>,
) -> impl IntoView {
    let Confirm { asked, is_open } = confirm;
    let words = memo(move || {
        asked.with(|asked| {
            let asked = asked.as_ref();
            asked.map_or_else(Default::default, |(deed, name)| {
                question(deed, name, sessions.get())
            })
        })
    });
    let word = move |at: usize| words.with(|words| words.get(at).cloned().unwrap_or_default());
    let go = move |()| {
        is_open.set(false);
        if let Some((deed, _)) = asked.get_untracked() {
            deeds.begin(deed);
        }
    };
    view! {
        <Dialog
            id="confirm"
            open=is_open
            title=derived(move || word(0))
            buttons=move || {
                view! {
                    <Button on_press=move |()| is_open.set(false)>"Cancel"</Button>
                    <Button kind=Kind::Danger on_press=go>{move || word(2)}</Button>
                }
            }
        >
            <p>{move || word(1)}</p>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_said_in_numbers() {
        let deed = Deed::Enable {
            person: 1,
            is_enabled: false,
        };
        let [title, follows, word] = question(&deed, "Ada", 2);
        assert_eq!(
            (title.as_str(), word.as_str()),
            ("Keep Ada from signing in?", "Disable")
        );
        assert!(follows.starts_with("2 sessions end at once"), "{follows}");
        let reset = Deed::ResetPassword { person: 1 };
        assert!(question(&reset, "Ada", 0)[1].contains("must choose another"));
    }
}
