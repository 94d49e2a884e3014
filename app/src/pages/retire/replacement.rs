//! What takes over from a device, and what becomes of the old one.

use super::words::Wanted;
use crate::api::Problem;
use crate::api::retire::Replacement as Asked;
use crate::prelude::*;
use crate::ui::{Control, TextInput};

/// What the server is asked for.
pub(super) fn of(old: String, wanted: &Wanted, keys: (String, String), reason: String) -> Asked {
    Asked {
        old,
        new: wanted.new.trim().to_owned(),
        keys: if wanted.are_keys_given {
            keys
        } else {
            (String::new(), String::new())
        },
        is_retired: !wanted.is_blocked,
        reason,
    }
}

/// Whether a device is retired only, or replaced.
#[component]
pub(super) fn Choice(wanted: RwSignal<Wanted>) -> impl IntoView {
    view! {
        <Pair
            name="then"
            label="What becomes of it"
            first=("Retire it", "It leaves the fleet for the archive.")
            second=("Replace it", "Another device takes over its tags and what is asked of it.")
            is_second=derived(move || wanted.with(|wanted| wanted.is_replaced))
            on_choose=move |is_replaced| wanted.update(|wanted| wanted.is_replaced = is_replaced)
        />
    }
}

/// The new device, its keys, and what becomes of the old one.
#[component]
pub(super) fn Replacement(
    wanted: RwSignal<Wanted>,
    keys: RwSignal<(String, String)>,
    problem: Memo<Option<Problem>>,
) -> impl IntoView {
    let wrong = derived(move || {
        let problem = problem.get()?;
        (problem.field.as_deref() == Some("new-id")).then_some(problem.sentence)
    });
    let new = move || wanted.with(|wanted| wanted.new.clone());
    view! {
        <Control id="new-id" label="Name of the new device" hint="Its device id. It cannot be changed later." error=wrong>
            <input
                class="input mono"
                id="new-id"
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required
                aria-describedby="new-id-hint"
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                prop:value=new
                on:input=move |event| wanted.update(|wanted| wanted.new = event_target_value(&event))
            />
        </Control>
        <Pair
            name="new-keys"
            label="Keys of the new device"
            first=("Keys made by the hub", "Shown once, stored sealed.")
            second=("Keys that you give", "For a device that has its keys already.")
            is_second=derived(move || wanted.with(|wanted| wanted.are_keys_given))
            on_choose=move |are_given| wanted.update(|wanted| wanted.are_keys_given = are_given)
        />
        <Show when=move || wanted.with(|wanted| wanted.are_keys_given)>
            <TextInput
                id="new-primary-key"
                name="primary"
                label="Primary key"
                optional="or empty"
                hint="Base64 of 16 to 64 bytes; the hub makes the one that is missing."
                on_text=move |text| keys.update(|keys| keys.0 = text)
            />
            <TextInput
                id="new-secondary-key"
                name="secondary"
                label="Secondary key"
                optional="or empty"
                hint="For rolling the primary one without an interruption."
                on_text=move |text| keys.update(|keys| keys.1 = text)
            />
        </Show>
        <Pair
            name="old"
            label="The old device"
            first=("Retire it", "It leaves the fleet for the archive.")
            second=("Block it", "It stays in the fleet, disabled, until you retire it.")
            is_second=derived(move || wanted.with(|wanted| wanted.is_blocked))
            on_choose=move |is_blocked| wanted.update(|wanted| wanted.is_blocked = is_blocked)
        />
    }
}

/// Two choices, each with what it means.
#[component]
fn Pair(
    name: &'static str,
    label: &'static str,
    first: (&'static str, &'static str),
    second: (&'static str, &'static str),
    is_second: Signal<bool>,
    #[prop(into)] on_choose: Callback<bool>,
) -> impl IntoView {
    let choice = move |(title, about): (&'static str, &'static str), is_it: bool| {
        view! {
            <label>
                <input
                    class="tick"
                    type="radio"
                    name=name
                    checked=is_second.get_untracked() == is_it
                    prop:checked=move || is_second.get() == is_it
                    on:change=move |_| on_choose.run(is_it)
                />
                <span>
                    <b>{title}</b>
                    <small>{about}</small>
                </span>
            </label>
        }
    };
    view! {
        <div class="choices" role="radiogroup" aria-label=label>
            {choice(first, false)}
            {choice(second, true)}
        </div>
    }
}
