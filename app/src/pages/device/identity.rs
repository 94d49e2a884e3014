//! Who a device is: its registration and its tags.

use leptos::prelude::*;

use super::words;
use crate::api::device::Device;
use crate::format;
use crate::ui::Section;

/// The section of identity.
#[component]
pub(super) fn Identity(device: RwSignal<Device>) -> impl IntoView {
    let facts = Memo::new(move |_| device.with(facts));
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
        </Section>
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
