//! The command palette: what can be done here, where one can go, which devices are meant. Ctrl or ⌘ and K.
//!
//! It knows nothing of its own: verbs come from the keys that pages bind, places from the table of routes, and
//! whatever else is typed is a device or a condition.

use leptos::ev;
use leptos::html;

use super::keys::{Verb, verbs};
use super::look::{Look, use_look};
use crate::conditions;
use crate::format::{lower, upper};
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, PLACES, Search};
use crate::ui::{Icon, Symbol};

/// Where the palette stands.
#[derive(Clone, Copy)]
struct Palette {
    is_open: RwSignal<bool>,
}

/// Makes the tab's palette and gives it to everything below.
pub fn provide_palette() {
    provide_context(Palette {
        is_open: RwSignal::default(),
    });
}

/// The field in the top bar that opens the palette.
#[component]
pub(super) fn Omni() -> impl IntoView {
    let Palette { is_open } = expect_context();
    view! {
        <button
            class="omni needs-script"
            type="button"
            aria-haspopup="dialog"
            aria-label="Search and commands"
            on:click=move |_| is_open.set(true)
        >
            <Symbol icon=Icon::Search />
            <span>"Find a device, page or command"</span>
            <kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
    }
}

/// One line of the palette.
#[derive(Clone)]
struct Offer {
    group: &'static str,
    icon: Icon,
    words: String,
    detail: String,
    keys: Option<&'static str>,
    act: Act,
}

#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are as many as commands that are shown"
)]
enum Act {
    Run(Callback<()>),
    Go(Address),
}

/// The palette itself.
#[component]
pub(super) fn Commands() -> impl IntoView {
    let Palette { is_open } = expect_context();
    let navigate = StoredValue::new(use_navigate());
    let known = verbs();
    let look = use_look();
    let typed = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let field = NodeRef::<html::Input>::new();
    let node = crate::ui::modal(is_open);
    let offers =
        derived(move || typed.with(|typed| known.with(|known| offers(known, Some(look), typed))));
    effect(move || {
        let handle = window_event_listener(ev::keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
                event.prevent_default();
                is_open.update(|is_open| *is_open = !*is_open);
            }
        });
        on_cleanup(move || handle.remove());
    });
    effect(move || {
        if is_open.get() {
            typed.set(String::new());
            chosen.set(0);
            if let Some(field) = field.get_untracked() {
                field.set_value("");
            }
        }
    });
    let act = move |offer: Offer| {
        is_open.set(false);
        match offer.act {
            Act::Run(run) => {
                run.try_run(());
            }
            Act::Go(address) => navigate
                .with_value(|navigate| navigate(&address.href(), NavigateOptions::default())),
        }
    };
    let step = move |event: ev::KeyboardEvent| {
        let count = offers.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" => {
                chosen.update(|chosen| *chosen = (*chosen + 1).min(count.saturating_sub(1)));
            }
            "ArrowUp" => chosen.update(|chosen| *chosen = chosen.saturating_sub(1)),
            "Enter" => {
                if let Some(offer) =
                    offers.with_untracked(|offers| offers.get(chosen.get_untracked()).cloned())
                {
                    act(offer);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let line = move |(number, offer): (usize, Offer)| {
        let is_first = number == 0
            || offers.with_untracked(|offers| {
                offers
                    .get(number - 1)
                    .is_none_or(|before| before.group != offer.group)
            });
        let (group, words, detail, keys, icon) = (
            offer.group,
            offer.words.clone(),
            offer.detail.clone(),
            offer.keys,
            offer.icon,
        );
        view! {
            {is_first.then(|| view! { <h3 role="presentation">{group}</h3> })}
            <div
                role="option"
                id=format!("offer-{number}")
                aria-selected=move || (chosen.get() == number).to_string()
                on:pointermove=move |_| chosen.set(number)
                on:click=move |_| act(offer.clone())
            >
                <Symbol icon=icon />
                <span>{words} " " <small>{detail}</small></span>
                {keys.map(|keys| view! { <kbd>{upper(keys)}</kbd> })}
            </div>
        }
    };
    view! {
        <dialog class="palette" node_ref=node aria-label="Search and commands" on:close=move |_| is_open.set(false)>
            <div class="box">
                <Symbol icon=Icon::Search />
                <input
                    node_ref=field
                    role="combobox"
                    aria-label="Find a device, page or command"
                    aria-expanded="true"
                    aria-controls="offers"
                    aria-activedescendant=move || format!("offer-{}", chosen.get())
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder="A name, a device, or a condition"
                    on:input=move |event| { typed.set(event_target_value(&event)); chosen.set(0); }
                    on:keydown=step
                />
            </div>
            <div role="listbox" id="offers" aria-label="Offers">
                // Only while open: pages bind keys in their own time, and both sides of hydration must write the same.
                {move || {
                    is_open.get().then(|| offers.get().into_iter().enumerate().map(line).collect_view())
                }}
            </div>
            <footer>
                <span><kbd>"↑"</kbd> " " <kbd>"↓"</kbd> " choose"</span>
                <span><kbd>"↵"</kbd> " do it"</span>
                <span><kbd>"?"</kbd> " all keys"</span>
            </footer>
        </dialog>
    }
}

/// How the console looks, and the person's own page.
fn looks(look: Look) -> impl Iterator<Item = Offer> {
    let offer = |icon, words: &str, act| Offer {
        group: "Here",
        icon,
        words: words.to_owned(),
        detail: String::new(),
        keys: None,
        act,
    };
    let density =
        move |density: &'static str| Act::Run(Callback::new(move |()| look.set_density(density)));
    let turn = Act::Run(Callback::new(move |()| look.turn_theme()));
    [
        offer(Icon::Theme, "Change theme", turn),
        offer(Icon::Columns, "Compact density", density("compact")),
        offer(Icon::Columns, "Normal density", density("normal")),
        offer(Icon::Columns, "Roomy density", density("roomy")),
        offer(Icon::Key, "Your password", Act::Go(Address::Password)),
    ]
    .into_iter()
}

/// What fits what is typed: verbs first, then places, then devices.
fn offers(verbs: &[Verb], look: Option<Look>, typed: &str) -> Vec<Offer> {
    let typed = typed.trim();
    let sought = lower(typed);
    let is_fit = |name: &str| lower(name).contains(&sought);
    let here = verbs
        .iter()
        .filter(|verb| !verb.is_way() && is_fit(&verb.name))
        .map(|verb| Offer {
            group: "Here",
            icon: Icon::Bolt,
            words: verb.name.clone(),
            detail: String::new(),
            keys: Some(verb.keys),
            act: Act::Run(verb.run),
        });
    let places = PLACES
        .iter()
        .filter(|place| is_fit(place.name))
        .map(|place| Offer {
            group: "Go to",
            icon: place.icon,
            words: place.name.to_owned(),
            detail: String::new(),
            keys: place.keys,
            act: Act::Go(place.address.clone()),
        });
    let own = look
        .into_iter()
        .flat_map(looks)
        .filter(|offer| is_fit(&offer.words));
    here.chain(own)
        .chain(places)
        .chain(devices(typed))
        .collect()
}

/// The devices that a text may mean: one by its id, those whose ids begin so, those that match it as a condition.
fn devices(typed: &str) -> Vec<Offer> {
    let offer = |words: String, detail: &str, address| Offer {
        group: "Devices",
        icon: Icon::Devices,
        words,
        detail: detail.to_owned(),
        keys: None,
        act: Act::Go(address),
    };
    if typed.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    if twin::id::DeviceId::parse(typed).is_ok() {
        let beginning = Address::Devices(Search::of(conditions::beginning(typed)));
        found.push(offer(
            typed.to_owned(),
            "the device",
            Address::Device(typed.to_owned()),
        ));
        found.push(offer(format!("{typed}…"), "ids that begin so", beginning));
    }
    // Also when it cannot be read yet: the list of devices says where and why.
    if typed.contains([' ', '=', '<', '>', '(']) {
        let address = Address::Devices(Search::of(typed));
        found.push(offer(typed.to_owned(), "devices where this holds", address));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &str) -> Vec<(&'static str, String)> {
        offers(&[], None, typed)
            .into_iter()
            .map(|offer| (offer.group, offer.words))
            .collect()
    }

    #[test]
    fn without_a_word_there_are_places() {
        let groups: Vec<_> = Owner::new()
            .with(|| words(""))
            .into_iter()
            .map(|(group, _)| group)
            .collect();
        assert_eq!(groups, vec!["Go to"; PLACES.len()]);
    }

    #[test]
    fn a_word_may_be_a_place_or_a_device() {
        let found = Owner::new().with(|| words("dev"));
        assert_eq!(
            found,
            [
                ("Go to", "Devices".into()),
                ("Devices", "dev".into()),
                ("Devices", "dev…".into())
            ]
        );
    }

    #[test]
    fn what_cannot_be_a_name_is_a_condition_and_what_can_be_both_is_both() {
        let found = Owner::new().with(|| offers(&[], None, "tags.region = 'X'"));
        let [offer] = found.as_slice() else {
            panic!("one offer")
        };
        let Act::Go(address) = &offer.act else {
            panic!("a place to go")
        };
        assert_eq!(address, &Address::Devices(Search::of("tags.region = 'X'")));
        assert_eq!(Owner::new().with(|| words("IS_DRIFTING()")).len(), 3);
    }
}
