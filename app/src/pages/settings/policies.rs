//! Service policies: what each permits, and its keys, which are shown once when they are renewed.

use leptos_router::{LazyRoute, lazy_route};
use twin::time::Timestamp;

use super::head::{Coming, ShownOnce, Ways};
use crate::api::settings::policies::{AskPolicies, Policies, Policy, Renewed, renew_key};
use crate::api::{WhichKey, ask};
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::Settings;
use crate::shell::use_now;
use crate::ui::{Badge, Button, Dialog, Kind, PageHead, Size};

/// The page at [`crate::routes::POLICIES`], below settings.
#[derive(Debug)]
pub struct PoliciesPage;

/// A key of a policy.
type Asked = (String, WhichKey);

#[lazy_route]
impl LazyRoute for PoliciesPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PoliciesPage = this;
        let policies = ask(|| AskPolicies {});
        view! {
            <Title text="Service policies" />
            <Transition fallback=|| view! { <Coming /> }>
                {move || Suspend::new(async move {
                    match policies.await {
                        Ok(first) => view! { <All first=first /> },
                        Err(problem) => {
                            view! {
                                <PageHead title=|| "Service policies" />
                                <Ways at=Settings::Policies />
                                <Trouble problem=problem on_retry=move |()| policies.refetch() />
                            }
                        }
                    }
                })}
            </Transition>
        }
    }
}

#[component]
fn All(first: Policies) -> impl IntoView {
    let now = use_now();
    let host_name = StoredValue::new(first.host_name.clone());
    let shown = RwSignal::new(first);
    let asked = RwSignal::new(None::<Asked>);
    let is_asking = RwSignal::new(false);
    let secret = RwSignal::new(None::<Renewed>);
    let renew = Action::new(|(policy, key): &Asked| renew_key(policy.clone(), *key));
    let (outcome, is_pending) = (renew.value(), renew.pending());
    effect(move || {
        if let Some(Ok(renewed)) = outcome.get() {
            shown.set(renewed.policies.clone());
            secret.set(Some(renewed));
        }
    });
    let cannot = derived(move || {
        shown.with(|shown| shown.cannot.clone()).or_else(|| {
            is_pending
                .get()
                .then(|| "Waiting for the server.".to_owned())
        })
    });
    let ask = Callback::new(move |key: Asked| {
        asked.set(Some(key));
        is_asking.set(true);
    });
    let facts = move || {
        view! {
            <span>"What service clients sign with, at " <span class="mono">{host_name.get_value()}</span></span>
        }
    };
    view! {
        <PageHead title=|| "Service policies" facts=facts />
        <Ways at=Settings::Policies />
        <div class="stackv under-head">
            {move || secret.get().map(|renewed| view! { <Secret renewed=renewed secret=secret /> })}
            {move || outcome.get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })}
            <Table shown=shown now=now cannot=cannot ask=ask />
            <p class="dim">
                "A key is shown once, right after it was renewed. While clients use one key of a policy, renew the other, give it to them, "
                "then renew the first: nobody is refused in between."
            </p>
        </div>
        <Question asked=asked open=is_asking on_renew=move |key: Asked| { renew.dispatch(key); } />
    }
}

/// The connection string with the new key, until the person has it.
#[component]
fn Secret(renewed: Renewed, secret: RwSignal<Option<Renewed>>) -> impl IntoView {
    let name = format!("The {} key of {}:", renewed.key.name(), renewed.policy);
    view! {
        <ShownOnce
            name=name
            secret=renewed.connection_string
            advice="It is shown this once. Clients with the old key are refused from now on."
            on_done=move |()| secret.set(None)
        />
    }
}

#[component]
fn Table(
    shown: RwSignal<Policies>,
    now: Signal<Timestamp>,
    cannot: Signal<Option<String>>,
    ask: Callback<Asked>,
) -> impl IntoView {
    let names = move || {
        shown.with(|shown| {
            shown
                .policies
                .iter()
                .map(|policy| policy.name.clone())
                .collect::<Vec<_>>()
        })
    };
    let row = move |name: String| {
        view! { <Row name=name shown=shown now=now cannot=cannot ask=ask /> }
    };
    view! {
        <div class="scroll-x">
            <table class="table">
                <caption class="sr">"Service policies"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Policy"</th>
                        <th scope="col">"Permits"</th>
                        <th scope="col">"Last new key"</th>
                        <th scope="col">"Keys"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=names key=Clone::clone children=row />
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(
    name: String,
    shown: RwSignal<Policies>,
    now: Signal<Timestamp>,
    cannot: Signal<Option<String>>,
    ask: Callback<Asked>,
) -> impl IntoView {
    let known = {
        let name = name.clone();
        memo(move || shown.with(|shown| find(shown, &name).cloned()))
    };
    let since = memo(move || known.with(|policy| policy.as_ref().map(|policy| policy.changed_at)));
    let rights = known.with_untracked(|policy| {
        policy
            .as_ref()
            .map_or_else(Vec::new, |policy| policy.rights.clone())
    });
    let rights = rights
        .into_iter()
        .map(|right| view! { <Badge>{right}</Badge> " " })
        .collect_view();
    let renew = |key: WhichKey, word: &'static str| {
        let policy = name.clone();
        let label = format!("Renew the {} key of {policy}", key.name());
        view! {
            <Button size=Size::Small label=label disabled=cannot on_press=move |()| ask.run((policy.clone(), key))>
                {word}
            </Button>
        }
    };
    let buttons = [
        renew(WhichKey::Primary, "Renew primary"),
        renew(WhichKey::Secondary, "Renew secondary"),
    ];
    view! {
        <tr>
            <td class="mono">{name.clone()}</td>
            <td>{rights}</td>
            <td title=move || since.get().map_or_else(|| format::UNKNOWN.to_owned(), format::instant)>
                {move || since.get().map_or_else(|| format::UNKNOWN.to_owned(), |since| format::ago(since, now.get()))}
            </td>
            <td><span class="btns needs-script">{buttons.into_iter().collect_view()}</span></td>
        </tr>
    }
}

/// Whether the key shall be renewed: it cannot be undone.
#[component]
fn Question(
    asked: RwSignal<Option<Asked>>,
    open: RwSignal<bool>,
    #[prop(into)] on_renew: Callback<Asked>,
) -> impl IntoView {
    let title = derived(move || match asked.get() {
        Some((policy, key)) => format!("Renew the {} key of {policy}?", key.name()),
        None => "Renew a key?".to_owned(),
    });
    let renew = move || {
        if let Some(asked) = asked.get_untracked() {
            on_renew.run(asked);
        }
        open.set(false);
    };
    view! {
        <Dialog
            id="renew-key"
            open=open
            title=title
            buttons=move || {
                view! {
                    <Button on_press=move |()| open.set(false)>"Keep the key"</Button>
                    <Button kind=Kind::Danger on_press=move |()| renew()>"Renew the key"</Button>
                }
            }
        >
            <p>"Clients that sign with the old key are refused at once. The new key is shown once; it cannot be taken back."</p>
        </Dialog>
    }
}

fn find<'a>(shown: &'a Policies, name: &str) -> Option<&'a Policy> {
    shown.policies.iter().find(|policy| policy.name == name)
}
