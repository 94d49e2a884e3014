//! What single keys do, and the list of them.
//!
//! A page binds a key for as long as it is shown ([`use_key`]); `?` lists all that are bound now. Keys act only
//! outside fields, and can be switched off or given another stroke (WCAG 2.1.4). Every key repeats a visible control.
//! What is bound is the one table that the keyboard, the list, the palette and the buttons read.

mod list;
mod remap;

use leptos::ev;

use crate::browser;
use crate::format::{lower, upper};
use crate::prelude::*;
use crate::ui::{KeyNames, later};

use remap::Remap;

/// Where the choice to switch keys off is kept.
const KEPT: &str = "keys";
/// Where the strokes that a person chose are kept.
const KEPT_STROKES: &str = "strokes";
/// The key that begins a way to another page.
const GO: char = 'g';

/// The bindings of the tab.
#[derive(Clone, Copy)]
struct Keys {
    bound: RwSignal<Vec<Verb>>,
    next: StoredValue<u32>,
    is_on: RwSignal<bool>,
    is_listed: RwSignal<bool>,
    remap: RwSignal<Remap>,
    /// The key whose next stroke is waited for.
    waiting: RwSignal<Option<&'static str>>,
}

/// A key and what it does.
#[derive(Clone)]
pub(super) struct Verb {
    number: u32,
    pub(super) keys: &'static str,
    pub(super) name: String,
    pub(super) run: Callback<()>,
}

impl Verb {
    /// Whether it leads to another page.
    pub(super) fn is_way(&self) -> bool {
        self.keys.starts_with("g ")
    }
}

/// Opens the list of keys.
pub(super) fn list_keys() -> impl Fn() + Copy + Send + Sync + 'static {
    let is_listed = expect_context::<Keys>().is_listed;
    move || is_listed.set(true)
}

/// The strokes of keys as a person chose them, upper case; nothing while single keys are off.
fn names(keys: Keys) -> KeyNames {
    KeyNames(Callback::new(move |key: String| {
        let stroke = keys.remap.with(|remap| remap.stroke(&lower(&key)));
        keys.is_on.get().then(|| upper(&stroke))
    }))
}

/// What the keys do now, in the order of binding.
pub(super) fn verbs() -> Signal<Vec<Verb>> {
    let bound = expect_context::<Keys>().bound;
    derived(move || bound.with(|bound| heard(bound)))
}

/// The bindings that are not covered by a newer one of the same keys.
fn heard(bound: &[Verb]) -> Vec<Verb> {
    let is_heard =
        |(at, verb): &(usize, &Verb)| bound[at + 1..].iter().all(|newer| newer.keys != verb.keys);
    bound
        .iter()
        .enumerate()
        .filter(is_heard)
        .map(|(_, verb)| verb.clone())
        .collect()
}

/// Makes the tab's bindings and gives them to everything below.
pub fn provide_keys() {
    let keys = Keys {
        bound: RwSignal::default(),
        next: StoredValue::default(),
        is_on: RwSignal::new(true),
        is_listed: RwSignal::default(),
        remap: RwSignal::default(),
        waiting: RwSignal::default(),
    };
    provide_context(keys);
    provide_context(names(keys));
}

/// Binds a key, or `g` and a letter (`"g m"`), for as long as the calling component lives; the newest binding
/// of a key wins. The name says what it does, in the words of the control that does the same.
///
/// # Panics
/// Outside [`crate::App`].
pub fn use_key(
    keys: &'static str,
    name: impl Into<String>,
    run: impl Fn() + Send + Sync + 'static,
) {
    let all = expect_context::<Keys>();
    let number = all.next.try_update_value(|next| {
        *next += 1;
        *next
    });
    let binding = Verb {
        number: number.unwrap_or_default(),
        keys,
        name: name.into(),
        run: Callback::new(move |()| run()),
    };
    let number = binding.number;
    all.bound.update(|bound| bound.push(binding));
    on_cleanup(move || {
        all.bound
            .try_update(|bound| bound.retain(|binding| binding.number != number));
    });
}

/// Listens for keys, and holds the list of them.
#[component]
pub(super) fn Keyboard() -> impl IntoView {
    let keys = expect_context::<Keys>();
    let Keys {
        bound,
        is_on,
        is_listed,
        remap,
        waiting,
        ..
    } = keys;
    let problem = RwSignal::new(None::<String>);
    use_key("?", "All keys", move || {
        is_listed.update(|is_listed| *is_listed = !*is_listed);
    });
    effect(move || {
        is_on.set(browser::kept(KEPT).as_deref() != Some("off"));
        remap.set(Remap::read(
            &browser::kept(KEPT_STROKES).unwrap_or_default(),
        ));
        let pending = StoredValue::new(None);
        let handle = window_event_listener(ev::keydown, move |event| {
            let is_modified = event.ctrl_key() || event.meta_key() || event.alt_key();
            if let Some(key) = waiting.get_untracked() {
                if !is_modified && event.key() != "Shift" {
                    event.prevent_default();
                    take_stroke(keys, problem, key, &event.key());
                }
                return;
            }
            // Escape closes what is open, before anything else.
            let is_taken = event.key() == "Escape" && browser::is_dialog_open();
            if is_modified
                || is_taken
                || !is_on.get_untracked()
                || browser::is_typing()
                || event.default_prevented()
            {
                return;
            }
            let stroke_of = |key: &str| remap.with_untracked(|remap| remap.stroke(key));
            let known = |strokes: &str| {
                bound.with_untracked(|bound| {
                    bound
                        .iter()
                        .any(|binding| stroke_of(binding.keys) == strokes)
                })
            };
            let (next, run) = press(pending.get_value(), &event.key(), known);
            pending.set_value(next);
            if let Some(run) = run {
                let found = bound.with_untracked(|bound| {
                    bound
                        .iter()
                        .rev()
                        .find(|binding| stroke_of(binding.keys) == run)
                        .map(|binding| binding.run)
                });
                if let Some(found) = found {
                    event.prevent_default();
                    found.try_run(());
                }
            }
        });
        on_cleanup(move || handle.remove());
    });
    later(move || is_listed.get(), move || list::key_list(problem))
}

/// Gives the waiting key the stroke that came; Escape leaves it as it is.
fn take_stroke(keys: Keys, problem: RwSignal<Option<String>>, key: &'static str, stroke: &str) {
    if stroke == "Escape" {
        problem.set(None);
    } else {
        let stroke = lower(stroke);
        let stroke = if key.starts_with("g ") {
            format!("g {stroke}")
        } else {
            stroke
        };
        let bound: Vec<_> = keys
            .bound
            .with_untracked(|bound| bound.iter().map(|verb| verb.keys).collect());
        let outcome = keys.remap.try_update(|remap| {
            if stroke == GO.to_string() {
                return Err("G begins the way to other pages. Choose another.".to_owned());
            }
            remap.set(key, &stroke, bound.into_iter())
        });
        problem.set(outcome.and_then(Result::err));
        keep_strokes(keys);
    }
    keys.waiting.set(None);
}

fn keep_strokes(keys: Keys) {
    let written = keys.remap.with_untracked(Remap::written);
    browser::keep(KEPT_STROKES, &written);
}

/// What a stroke does: the stroke that waits for a second one, and the binding to run.
fn press(
    pending: Option<char>,
    key: &str,
    is_bound: impl Fn(&str) -> bool,
) -> (Option<char>, Option<String>) {
    let mut letters = key.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return match key {
            // The stroke of a modifier belongs to the next one.
            "Shift" => (pending, None),
            _ => (None, is_bound(key).then(|| key.to_owned())),
        };
    };
    let letter = letter.to_ascii_lowercase();
    match pending {
        Some(first) => (
            None,
            Some(format!("{first} {letter}")).filter(|keys| is_bound(keys)),
        ),
        None if letter == GO => (Some(GO), None),
        None => (None, Some(letter.to_string()).filter(|keys| is_bound(keys))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g_waits_for_a_second_stroke() {
        let bound = |keys: &str| ["g m", "e", "?", "Escape"].contains(&keys);
        assert_eq!(press(None, "g", bound), (Some('g'), None));
        assert_eq!(press(Some('g'), "m", bound), (None, Some("g m".into())));
        assert_eq!(press(Some('g'), "x", bound), (None, None));
        assert_eq!(press(None, "E", bound), (None, Some("e".into())));
        assert_eq!(press(None, "m", bound), (None, None));
    }

    #[test]
    fn a_modifier_does_not_break_a_sequence_and_named_keys_can_be_bound() {
        let bound = |keys: &str| ["g m", "Escape"].contains(&keys);
        assert_eq!(press(Some('g'), "Shift", bound), (Some('g'), None));
        assert_eq!(press(None, "Escape", bound), (None, Some("Escape".into())));
        assert_eq!(press(Some('g'), "Enter", bound), (None, None));
    }

    #[test]
    fn only_the_newest_binding_of_a_key_is_heard() {
        let names = Owner::new().with(|| {
            let verb = |number, keys, name: &str| Verb {
                number,
                keys,
                name: name.to_owned(),
                run: Callback::new(|()| ()),
            };
            let bound = [
                verb(1, "/", "old"),
                verb(2, "e", "edit"),
                verb(3, "/", "new"),
            ];
            heard(&bound)
                .into_iter()
                .map(|verb| verb.name)
                .collect::<Vec<_>>()
        });
        assert_eq!(names, ["edit", "new"]);
    }
}
