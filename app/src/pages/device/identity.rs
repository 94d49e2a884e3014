//! Who a device is: its registration and its tags; rolling its keys, and whether it may connect.

mod keys;
mod status;

use super::words;
use crate::api::device::Device;
use crate::format;
use crate::prelude::*;
use crate::routes::{Address, Retiring};
use crate::shell::use_who;
use crate::ui::{Button, Icon, LinkButton, Section, Size, Symbol, later};

/// The section of identity.
#[component]
pub(super) fn Identity(device: RwSignal<Device>) -> impl IntoView {
    let facts = memo(move || device.with(facts));
    let cannot = Signal::stored(use_who().cannot_change());
    let (is_rolling, is_changing) = (RwSignal::new(false), RwSignal::new(false));
    let cannot_roll = derived(move || {
        let has_keys = device.with(|device| device.authentication == "sas");
        let keyless = "This device does not prove itself by a key: it has none to roll.";
        cannot
            .get()
            .or_else(|| (!has_keys).then(|| keyless.to_owned()))
    });
    let change = move || {
        if device.with(|device| device.is_enabled) {
            "Disable device"
        } else {
            "Enable device"
        }
    };
    let away = move |to: fn(String) -> Retiring| {
        Address::Retire(to(device.with_untracked(|device| device.id.clone()))).href()
    };
    view! {
        <Section id="identity" title="Identity".to_owned()>
            <dl class="facts-list">
                {move || {
                    facts
                        .get()
                        .into_iter()
                        .map(|(name, value, is_code)| view! { <dt>{name}</dt> <dd class:mono=is_code>{value}</dd> })
                        .collect_view()
                }}
            </dl>
            <div class="btns under-facts">
                <Button size=Size::Small disabled=cannot_roll on_press=move |()| is_rolling.set(true)>
                    <Symbol icon=Icon::Key />
                    "Roll keys"
                </Button>
                <Button size=Size::Small disabled=cannot on_press=move |()| is_changing.set(true)>{change}</Button>
                <LinkButton size=Size::Small href=away(Retiring::replacement)>"Replace…"</LinkButton>
                <LinkButton size=Size::Small href=away(Retiring::device)>"Retire…"</LinkButton>
            </div>
        </Section>
        {later(move || is_rolling.get(), move || keys::device_keys(device, cannot, is_rolling))}
        {later(move || is_changing.get(), move || status::device_status(device, cannot, is_changing))}
    }
}

/// Name, value, and whether the value is read letter by letter.
fn facts(device: &Device) -> Vec<(String, String, bool)> {
    let proof = match device.authentication.as_str() {
        "sas" => "Symmetric key",
        "selfSigned" => "X.509, by thumbprint",
        "certificateAuthority" => "X.509, by authority",
        _ => "None",
    };
    let mut facts = vec![
        (
            "Registered".to_owned(),
            format::instant(device.created_at),
            false,
        ),
        ("Proof".to_owned(), proof.to_owned(), false),
        ("Generation".to_owned(), device.generation_id.clone(), true),
    ];
    if !device.model_id.is_empty() {
        facts.push(("Model".to_owned(), device.model_id.clone(), true));
    }
    for (name, value) in &device.tags {
        let text = value
            .as_str()
            .map_or_else(|| words::value(value), str::to_owned);
        facts.push((format!("tags.{name}"), text, false));
    }
    facts
}
