//! What was looked at, in a list.

use crate::api::retire::Check;
use crate::prelude::*;
use crate::ui::{Is, Mark};

/// The list: what is not as one would wish has another mark.
#[component]
pub(super) fn Checks(checks: Vec<Check>) -> impl IntoView {
    let row = |check: Check| {
        let (is, said) = if check.is_clear {
            (Is::Converged, "clear")
        } else {
            (Is::Drift, "look at this")
        };
        view! {
            <li>
                <Mark is=is />
                <b>{check.name}</b>
                <span><span class="sr">{said} ": "</span>{check.sentence}</span>
            </li>
        }
    };
    view! { <ul class="checks">{checks.into_iter().map(row).collect_view()}</ul> }
}
