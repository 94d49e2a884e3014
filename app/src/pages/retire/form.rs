//! The form: which device, what is known of it, what becomes of it and why; beside it what will happen.

use leptos::ev::SubmitEvent;

use super::checks::Checks;
use super::words::{self, Wanted};
use super::{Done, replacement};
use crate::api::retire::{Desk, Retirement, Subject, beginning, replace, retire};
use crate::api::{Code, Problem};
use crate::browser;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{self, Address, Retiring};
use crate::shell::use_who;
use crate::ui::{Button, Control, Dialog, Kind, LinkButton, Section, Size, TextInput};

/// Letters of an id after which others are suggested.
const SUGGESTED_CHARS_MIN: usize = 2;
/// Letters of an id that the archive can be searched by.
const ARCHIVED_CHARS_MIN: usize = 3;

/// The form and its rail.
#[component]
pub(super) fn Form(
    desk: Result<Desk, Problem>,
    subject: Result<Option<Subject>, Problem>,
    retiring: Memo<Retiring>,
    #[prop(into)] on_again: Callback<()>,
    #[prop(into)] on_done: Callback<Done>,
) -> impl IntoView {
    let (grace, chars_max) = desk.map_or_else(
        |_| ("some time".to_owned(), usize::MAX),
        |desk| (desk.grace, desk.reason_chars_max),
    );
    let (subject, problem) = match subject {
        Ok(subject) => (subject, None),
        Err(problem) => (None, Some(problem)),
    };
    let wanted = RwSignal::new(Wanted {
        is_replaced: retiring.with_untracked(|now| now.is_replaced),
        ..Wanted::default()
    });
    let shown = subject.clone();
    let will = memo(move || wanted.with(|wanted| words::sentences(shown.as_ref(), wanted, &grace)));
    view! {
        <Section id="retire" title="Retire a device".to_owned() note="or let another take over from it".to_owned()>
            <div class="enrol">
                <div class="retire-form">
                    <Which retiring=retiring wanted=wanted problem=problem on_again=on_again />
                    {subject.map(|subject| view! { <Decision subject=subject wanted=wanted chars_max=chars_max on_done=on_done /> })}
                </div>
                <aside class="stackv" aria-label="What will happen">
                    <Section id="outcome" title="What will happen".to_owned()>
                        <div class="outcome">
                            <ol>
                                {move || will.get().into_iter().map(|said| view! { <li><span>{said}</span></li> }).collect_view()}
                            </ol>
                        </div>
                    </Section>
                </aside>
            </div>
        </Section>
    }
}

/// Which device: a form of its own, whose answer is in the address.
#[component]
fn Which(
    retiring: Memo<Retiring>,
    wanted: RwSignal<Wanted>,
    problem: Option<Problem>,
    on_again: Callback<()>,
) -> impl IntoView {
    let asked = retiring.with_untracked(|now| now.device.clone());
    let name = RwSignal::new(asked.clone());
    let navigate = use_navigate();
    let suggest = Action::new(|id: &String| beginning(id.clone()));
    let ids = move || {
        suggest
            .value()
            .get()
            .and_then(Result::ok)
            .unwrap_or_default()
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let next = Retiring {
            is_replaced: wanted.with_untracked(|wanted| wanted.is_replaced),
            ..Retiring::device(name.with_untracked(|name| name.trim().to_owned()))
        };
        if retiring.with_untracked(|now| now.device == next.device) {
            on_again.run(());
        }
        navigate(&Address::Retire(next).href(), NavigateOptions::default());
    };
    let is_absent = problem
        .as_ref()
        .is_some_and(|problem| problem.code == Code::NotFound);
    let (said, elsewhere) = match problem {
        Some(problem) if is_absent => (Some(problem.sentence), None),
        problem => (None, problem),
    };
    let is_invalid = said.is_some().then_some("true");
    let archived = (is_absent && asked.chars().count() >= ARCHIVED_CHARS_MIN).then(|| {
        let search = routes::Archive {
            id: asked.clone(),
            ..routes::Archive::default()
        };
        let href = format!(
            "{}#archive",
            Address::Retire(Retiring::found(search)).href()
        );
        view! { <LinkButton size=Size::Small href=href>"Look in the archive"</LinkButton> }
    });
    view! {
        <form class="form-part" action=Address::Retire(Retiring::default()).href() method="get" on:submit=submit>
            <h2>"Device" <small>"Which one goes"</small></h2>
            <div>
                <Control id="device" label="Device id" hint="Begin to write; ids that begin so are offered." error=Signal::stored(said)>
                    <input
                        class="input mono"
                        id="device"
                        name="device"
                        type="text"
                        value=asked
                        list="device-ids"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        aria-describedby="device-hint"
                        aria-invalid=is_invalid
                        on:input=move |event| {
                            let text = event_target_value(&event);
                            if text.trim().chars().count() >= SUGGESTED_CHARS_MIN {
                                suggest.dispatch(text.clone());
                            }
                            name.set(text);
                        }
                    />
                    <datalist id="device-ids">
                        {move || ids().into_iter().map(|id| view! { <option value=id></option> }).collect_view()}
                    </datalist>
                </Control>
                {elsewhere.map(|problem| view! { <Trouble problem=problem /> })}
                <div class="btns">
                    <Button submit=true>"Look at it"</Button>
                    {archived}
                </div>
            </div>
        </form>
    }
}

/// What becomes of it, and why.
#[component]
fn Decision(
    subject: Subject,
    wanted: RwSignal<Wanted>,
    chars_max: usize,
    on_done: Callback<Done>,
) -> impl IntoView {
    let cannot = Signal::stored(use_who().cannot_change());
    let reason = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let keys = RwSignal::new((String::new(), String::new()));
    let is_sure = RwSignal::new(false);
    let retire_it = Action::new(|retirement: &Retirement| retire(retirement.clone()));
    let replace_it = Action::new(|replacement| replace(Clone::clone(replacement)));
    effect(move || {
        if let Some(Ok(retired)) = retire_it.value().get() {
            on_done.run(Done::Retired(retired));
        }
    });
    effect(move || {
        if let Some(Ok(replaced)) = replace_it.value().get() {
            on_done.run(Done::Replaced(replaced));
        }
    });
    let problem = memo(move || {
        let retired = retire_it.value().get().and_then(Result::err);
        retired.or_else(|| replace_it.value().get().and_then(Result::err))
    });
    let is_replaced = memo(move || wanted.with(|wanted| wanted.is_replaced));
    let blocked = derived(move || {
        let is_busy = retire_it.pending().get() || replace_it.pending().get();
        cannot
            .get()
            .or_else(|| is_busy.then(|| "It is being done.".to_owned()))
    });
    let subject = StoredValue::new(subject);
    let go = move || {
        let Subject { id, etag, .. } = subject.get_value();
        let wanted = wanted.get_untracked();
        let reason = reason.get_untracked();
        retire_it.value().set(None);
        replace_it.value().set(None);
        if wanted.is_replaced {
            replace_it.dispatch(replacement::of(id, &wanted, keys.get_untracked(), reason));
        } else {
            retire_it.dispatch(Retirement {
                id,
                etag,
                reason,
                is_final: wanted.is_final,
            });
        }
    };
    let submit = move || {
        if blocked.with_untracked(Option::is_some) {
            return;
        }
        let said = reason.with_untracked(|reason| words::wrong_reason(reason, chars_max));
        let (is_unnamed, is_final) = wanted.with_untracked(|wanted| {
            let is_unnamed = wanted.is_replaced && wanted.new.trim().is_empty();
            (is_unnamed, wanted.is_final && !wanted.is_replaced)
        });
        wrong.set(said.clone());
        if is_unnamed {
            browser::focus("new-id");
        } else if said.is_some() {
            browser::focus("reason");
        } else if is_final {
            is_sure.set(true);
        } else {
            go();
        }
    };
    let elsewhere = move || problem.get().filter(|problem| problem.field.is_none());
    let title = derived(move || {
        subject.with_value(|subject| format!("Destroy the keys of {}?", subject.id))
    });
    let checks = subject.with_value(|subject| subject.checks.clone());
    view! {
        <form
            method="dialog"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            <div class="form-part">
                <h2>"Checks" <small>"How it stands now"</small></h2>
                <div><Checks checks=checks /></div>
            </div>
            <div class="form-part">
                <h2>"Then" <small>"What becomes of it"</small></h2>
                <div>
                    <replacement::Choice wanted=wanted />
                    <Show when=move || is_replaced.get()>
                        <replacement::Replacement wanted=wanted keys=keys problem=problem />
                    </Show>
                    <Show when=move || !is_replaced.get()>
                        <label class="ticked">
                            <input
                                class="tick"
                                type="checkbox"
                                prop:checked=move || wanted.with(|wanted| wanted.is_final)
                                on:change=move |event| {
                                    let is_final = event_target_checked(&event);
                                    wanted.update(|wanted| wanted.is_final = is_final);
                                }
                            />
                            "It is lost or stolen: destroy its keys at once"
                        </label>
                    </Show>
                </div>
            </div>
            <div class="form-part">
                <h2>"Reason" <small>"For whoever reads the record"</small></h2>
                <div>
                    <TextInput
                        id="reason"
                        name="reason"
                        label="Reason"
                        hint="It stands in the record, in the history and in the audit log."
                        error=wrong
                        on_text=move |said: String| {
                            reason.set(said);
                            wrong.set(None);
                        }
                    />
                    {move || elsewhere().map(|problem| view! { <Trouble problem=problem /> })}
                    <div class="btns">
                        {move || {
                            if is_replaced.get() {
                                view! { <Button kind=Kind::Primary submit=true disabled=blocked>"Replace device"</Button> }
                            } else {
                                view! { <Button kind=Kind::Danger submit=true disabled=blocked>"Retire device"</Button> }
                            }
                        }}
                    </div>
                    <p class="dim without-program">
                        "Retiring needs the program of this page, which has not started. Without it: "
                        <code>"DELETE /devices/{id}"</code> " on the hub’s service interface, which keeps no record."
                    </p>
                </div>
            </div>
        </form>
        <Dialog
            id="destroy-keys"
            open=is_sure
            title=title
            buttons=move || {
                view! {
                    <Button on_press=move |()| is_sure.set(false)>"Keep them"</Button>
                    <Button
                        kind=Kind::Danger
                        disabled=blocked
                        on_press=move |()| {
                            is_sure.set(false);
                            go();
                        }
                    >
                        "Retire for good"
                    </Button>
                }
            }
        >
            <p>"The device can never be restored. Should it be found, it is enrolled anew and given new keys."</p>
        </Dialog>
    }
}
