//! The devices of a job, a page at a time.

use super::is_of;
use crate::api::jobs::{Device, Job};
use crate::conditions;
use crate::prelude::*;
use crate::routes::{Address, Search};
use crate::ui::{Section, State};

/// The table of devices.
#[component]
pub(super) fn Devices(
    id: u64,
    shown: RwSignal<Job>,
    show: String,
    has_before: bool,
) -> impl IntoView {
    let devices = memo(move || shown.with(|job| job.devices.clone()));
    let is_empty = memo(move || devices.with(Vec::is_empty));
    let note = derived(move || shown.with(|job| job.shown.clone()));
    let show = StoredValue::new(show);
    let page = move |after| {
        Address::JobDevices {
            id,
            show: show.get_value(),
            after,
        }
        .href()
    };
    let in_list = move || {
        let names = devices.with(|devices| {
            devices
                .iter()
                .map(|device| device.name.clone())
                .collect::<Vec<_>>()
        });
        Address::Devices(Search::of(conditions::named(&names))).href()
    };
    let next = memo(move || shown.with(|job| job.next));
    view! {
        <Section id="devices" title="Devices".to_owned() note=note>
            <Show when=move || !is_empty.get() fallback=|| view! { <p class="dim">"None are so."</p> }>
                <div class="scroll-x">
                    <table class="table">
                        <caption class="sr">"Devices of this job"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Device"</th>
                                <th scope="col">"State"</th>
                                <th scope="col">"Outcome"</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || devices.get()
                                key=|device| (device.key, device.state.clone(), device.answer.clone())
                                children=row
                            />
                        </tbody>
                    </table>
                </div>
                <p class="rows">
                    <a href=in_list>"These in the list of devices"</a>
                    <span class="end btns">
                        {has_before.then(|| view! { <a href=page(None)>"First page"</a> })}
                        {move || next.get().map(|next| view! { <a href=page(Some(next))>"Next page"</a> })}
                    </span>
                </p>
            </Show>
        </Section>
    }
}

fn row(device: Device) -> AnyView {
    let href = Address::Device(device.name.clone()).href();
    view! {
        <tr>
            <td>
                <a class="mono" href=href>{device.name}</a>
            </td>
            <td>
                <State is=is_of(device.standing)>{device.state}</State>
            </td>
            <td class="job-answer">{device.answer}</td>
        </tr>
    }
}
