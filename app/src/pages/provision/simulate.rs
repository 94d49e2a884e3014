//! Trying the device before it is built: the server plays it for some minutes, over the way that it will take itself.

use twin::time::Timestamp;

use crate::api::device::Device;
use crate::api::provision::{simulate, stop_simulation};
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::shell::{use_now, use_who};
use crate::ui::{Button, Is, Section, State};

/// The section that starts and stops it.
#[component]
pub(super) fn Try(id: String, device: RwSignal<Device>) -> impl IntoView {
    let cannot = Signal::stored(use_who().cannot_change());
    let now = use_now();
    let start = Action::new(|id: &String| simulate(id.clone()));
    let stop = Action::new(|id: &String| stop_simulation(id.clone()));
    let until = RwSignal::new(None::<Timestamp>);
    effect(move || {
        if let Some(Ok(ends)) = start.value().get() {
            until.set(Some(ends));
        }
    });
    effect(move || {
        if let Some(Ok(_)) = stop.value().get() {
            until.set(None);
        }
    });
    let running = memo(move || until.get().filter(|until| now.get() < *until));
    let has_come = memo(move || {
        device.with(|device| device.is_connected && !device.reported.contains_key("simulated"))
    });
    let blocked = derived(move || {
        cannot
            .get()
            .or_else(|| start.pending().get().then(|| "Starting.".to_owned()))
            .or_else(|| {
                let words = "The device has connected by itself.";
                (has_come.get() && running.get().is_none()).then(|| words.to_owned())
            })
    });
    let stopping = derived(move || stop.pending().get().then(|| "Stopping.".to_owned()));
    let trouble = move || {
        let of_start = start.value().get().and_then(Result::err);
        of_start.or_else(|| stop.value().get().and_then(Result::err))
    };
    let stored = StoredValue::new(id);
    let begin = move |()| {
        start.dispatch(stored.get_value());
    };
    let end = move |()| {
        stop.dispatch(stored.get_value());
    };
    let button = move || match running.get() {
        None => view! {
            <Button disabled=blocked on_press=begin>"Try with a simulated device"</Button>
        },
        Some(until) => {
            let words = format!("Simulated until {} UTC", format::clock_seconds(until));
            view! {
                <State is=Is::Desired>{words}</State>
                <Button disabled=stopping on_press=end>"Stop the simulated device"</Button>
            }
        }
    };
    view! {
        <Section id="try" title="Before there is a device".to_owned()>
            <div class="stack-tight">
                <p class="dim">
                    "The server plays this device for ten minutes, with this connection string over MQTT and TLS. It reports "
                    <code>"simulated = true"</code> "."
                </p>
                <div class="btns needs-script" aria-live="polite">{button}</div>
                <p class="faint without-program">"Starting it needs the program of this page."</p>
                {move || trouble().map(|problem| view! { <Trouble problem=problem /> })}
            </div>
        </Section>
    }
}
