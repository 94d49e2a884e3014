//! What stands here once a device is enrolled: what it needs, and its state until it first connects.

use super::secret::{Code, Once};
use super::simulate::Try;
use super::snippets::{CA_FILE, SDK_PORT, Way};
use crate::api::device::Device;
use crate::api::provision::{Enrolled, Hub};
use crate::browser;
use crate::format;
use crate::live::use_live;
use crate::prelude::*;
use crate::routes::{self, Address};
use crate::ui::{Button, Is, Kind, LinkButton, Notice, PageHead, Section, State};

/// A device that has just been enrolled.
#[component]
pub(super) fn Welcome(enrolled: Enrolled, #[prop(into)] on_next: Callback<()>) -> impl IntoView {
    let Enrolled {
        device,
        secret,
        hub,
    } = enrolled;
    let id = device.id.clone();
    let tried = id.clone();
    let shown = ArcRwSignal::new(device);
    use_live().watch_device(&id, shown.clone());
    let device = RwSignal::from(shown);
    let href = Address::Device(id.clone()).href();
    let connection_string = secret.connection_string.clone();
    let title = move || view! { <span class="mono">{id.clone()}</span> " is enrolled" };
    Effect::new(|_| browser::focus("main"));
    view! {
        <PageHead title=title>
            <span class="needs-script">
                <Button kind=Kind::Quiet on_press=on_next>"Enroll another"</Button>
            </span>
            <LinkButton kind=Kind::Primary href=href>"Open device"</LinkButton>
        </PageHead>
        <div class="enrol">
            <div class="stackv">
                <Section id="connection-string" title="Connection string".to_owned()>
                    <div class="stack-tight"><Once secret=secret /></div>
                </Section>
                <OnTheDevice connection_string=connection_string hub=hub.clone() />
            </div>
            <aside class="stackv" aria-label="Connection">
                <FirstConnection device=device />
                <Try id=tried device=device />
                <Authority hub=hub />
            </aside>
        </div>
    }
}

/// The command, and the beginnings of programs. One of them is unfolded.
#[component]
fn OnTheDevice(connection_string: String, hub: Hub) -> impl IntoView {
    let port = hub.mqtts_port;
    let fold = move |way: Way| {
        let text = way.text(&connection_string, &hub);
        view! {
            <details class="fold" name="way" open=way == Way::Agent>
                <summary>{way.name()}</summary>
                <div class="stack-tight">
                    <Code label=format!("Start with {}", way.name()) text=text />
                    {(way.is_sdk() && port != SDK_PORT)
                        .then(|| {
                            let words = format!(
                                "The official SDKs always connect to port {SDK_PORT}, and this hub listens on {port}: let {SDK_PORT} lead to it.",
                            );
                            view! { <Notice is=Is::Paused>{words}</Notice> }
                        })}
                </div>
            </details>
        }
    };
    let folds = Way::ALL.map(fold).into_iter().collect_view();
    view! {
        <Section id="on-the-device" title="On the device".to_owned()>
            <div class="folds">{folds}</div>
        </Section>
    }
}

/// Whether it has come yet; changes by itself.
#[component]
fn FirstConnection(device: RwSignal<Device>) -> impl IntoView {
    let has_come =
        memo(move || device.with(|device| device.is_connected || !device.last_activity.is_never()));
    let is = derived(move || {
        if has_come.get() {
            Is::Reported
        } else {
            Is::Desired
        }
    });
    let words = move || {
        if !has_come.get() {
            "Waiting for its first connection".to_owned()
        } else if device.with(|device| device.is_connected) {
            format!(
                "Connected at {} UTC",
                device.with(|device| format::clock_seconds(device.connection_since))
            )
        } else {
            "It connected, and went again".to_owned()
        }
    };
    view! {
        <Section id="first-connection" title="First connection".to_owned()>
            <p role="status"><State is=is>{words}</State></p>
            <p class="faint needs-script">"This changes by itself. You can leave: the device finds its way without this page."</p>
            <p class="faint without-program">"The page of the device says whether it has come."</p>
        </Section>
    }
}

/// Whom the device must trust.
#[component]
fn Authority(hub: Hub) -> impl IntoView {
    let Hub {
        host_name,
        mqtts_port,
        ca_pem,
    } = hub;
    let body = match ca_pem {
        Some(pem) => view! {
            <p class="dim">"The device must trust this authority, saved as " <code>{CA_FILE}</code> " beside it."</p>
            <div class="btns">
                <a class="btn" data-size="sm" download=CA_FILE href=routes::as_file("application/x-pem-file", &pem)>
                    "Download " {CA_FILE}
                </a>
            </div>
            <details class="fold">
                <summary>"Show the certificate"</summary>
                <Code label="Certificate of the authority" text=pem />
            </details>
        },
        None => view! {
            <p class="dim">
                "This hub shows a certificate of your own. " <code>"tandem-agent"</code>
                " needs its authority as " <code>{CA_FILE}</code> "; the SDKs trust what the system trusts."
            </p>
        },
    };
    view! {
        <Section id="authority" title="Hub".to_owned()>
            <div class="stack-tight">
                <p class="mono">{format!("{host_name}:{mqtts_port}")}</p>
                {body}
            </div>
        </Section>
    }
}
