//! A connection string that is shown once: to copy, or to be read by a camera.

use crate::api::provision::{Qr, Secret};
use crate::format::lower;
use crate::pages::CopyButton;
use crate::prelude::*;
use crate::ui::{Is, Notice};

/// The string with its copy button, and its QR code folded away from onlookers.
#[component]
pub(crate) fn Once(
    /// The string.
    secret: Secret,
) -> impl IntoView {
    let Secret {
        connection_string,
        qr,
    } = secret;
    view! {
        <div class="stack-tight" data-shown-once>
        <Notice is=Is::Drift>"This is shown once. Whoever has it can speak as this device."</Notice>
        <Code label="Connection string" text=connection_string wraps=true />
        {qr.map(|qr| {
            view! {
                <details class="fold">
                    <summary>"Show as QR code"</summary>
                    <Drawn qr=qr />
                </details>
            }
        })}
        </div>
    }
}

/// A text to be taken elsewhere, with a button that copies it.
#[component]
pub(super) fn Code(
    /// What it is.
    #[prop(into)]
    label: String,
    /// The text.
    text: String,
    /// Whether long lines are broken.
    #[prop(optional)]
    wraps: bool,
) -> impl IntoView {
    let button = format!("Copy {}", lower(&label));
    let copied = text.clone();
    view! {
        <div class="copyable">
            <pre class="code" tabindex="0" aria-label=label data-wraps=wraps.then_some("")>{text}</pre>
            <div class="btns">
                <CopyButton label=button text=copied />
            </div>
        </div>
    }
}

/// The code: dark on light in every theme, as cameras expect it.
#[component]
fn Drawn(qr: Qr) -> impl IntoView {
    view! {
        <svg class="qr" role="img" aria-label="QR code of the connection string" viewBox=format!("0 0 {0} {0}", qr.size)>
            <rect width="100%" height="100%" fill="white"></rect>
            <path d=qr.path fill="black" shape-rendering="crispEdges"></path>
        </svg>
    }
}
