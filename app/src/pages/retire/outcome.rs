//! What stands here once a device has gone.

use super::Done;
use crate::browser;
use crate::pages::provision::Once;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Retiring};
use crate::ui::{Button, Is, Kind, LinkButton, Notice, Section};

/// What was done, what is shown once, and the ways on.
#[component]
pub(super) fn Outcome(done: Done, #[prop(into)] on_next: Callback<()>) -> impl IntoView {
    let navigate = use_navigate();
    let next = move |()| {
        navigate(
            &Address::Retire(Retiring::default()).href(),
            NavigateOptions::default(),
        );
        on_next.run(());
    };
    Effect::new(|_| browser::focus("main"));
    let another = view! { <Button kind=Kind::Quiet on_press=next>"Retire another"</Button> };
    match done {
        Done::Retired(retired) => {
            let title = format!("{} is retired", retired.id);
            view! {
                <Section id="done" title=title>
                    <div class="stack-tight">
                        <Notice is=Is::Converged>"The hub does not know it any more. Its twin is in the archive."</Notice>
                        <div class="btns">
                            <LinkButton kind=Kind::Primary href=Address::Archived(retired.number).href()>"Open its record"</LinkButton>
                            {another}
                        </div>
                    </div>
                </Section>
            }
        }
        Done::Replaced(replaced) => {
            let title = format!("{} replaces {}", replaced.new, replaced.old);
            let about = match replaced.archived {
                Some(_) => format!("{} is retired: its twin is in the archive.", replaced.old),
                None => format!("{} is disabled: nothing lets it in.", replaced.old),
            };
            let old = match replaced.archived {
                Some(number) => (Address::Archived(number), "Open the record of the old one"),
                None => (Address::Device(replaced.old), "Open the old device"),
            };
            view! {
                <Section id="done" title=title>
                    <div class="stack-tight">
                        <Notice is=Is::Converged>{about}</Notice>
                        <Once secret=replaced.secret />
                        <div class="btns">
                            <LinkButton kind=Kind::Primary href=Address::Device(replaced.new).href()>"Open the new device"</LinkButton>
                            <LinkButton href=old.0.href()>{old.1}</LinkButton>
                            {another}
                        </div>
                    </div>
                </Section>
            }
        }
    }
}
