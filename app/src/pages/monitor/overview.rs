//! The fleet overview, home: is the fleet well, and what needs a look?

use leptos_router::{LazyRoute, lazy_route};

use super::attention::{NeedsPerson, TakeNext, Taking};
use super::courses::Courses;
use super::field::FieldSection;
use super::figures::{Sentence, Stats};
use super::motion::InMotion;
use crate::api::overview::{AskField, AskFirmware, AskOverview, Field, Mix, Overview};
use crate::api::{Asked, ask};
use crate::format;
use crate::live::{Link, use_live};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Empty, Ghost, Headline, Is, Kind, LinkButton, Notice, PageHead, Patience};

/// The page at `/`.
#[derive(Debug)]
pub struct OverviewPage;

#[lazy_route]
impl LazyRoute for OverviewPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let OverviewPage = this;
        let overview = ask(|| AskOverview {});
        let field = ask(|| AskField {});
        let firmware = ask(|| AskFirmware {});
        let arrived = Arrived::watched();
        view! {
            <Title text="Fleet overview" />
            <Transition fallback=|| view! { <Coming /> }>
                {move || Suspend::new(async move {
                    match (overview.await, field.await) {
                        (Ok(first), Ok(field)) => view! { <Fleet first=first field=field firmware=firmware arrived=arrived /> },
                        (Err(problem), _) | (_, Err(problem)) => {
                            let retry = move |()| { overview.refetch(); field.refetch(); };
                            view! {
                                <PageHead title=|| "Fleet overview" />
                                <Trouble problem=problem on_retry=retry />
                            }
                        }
                    }
                })}
            </Transition>
        }
    }
}

/// What the live channel brought last; nothing until it did.
#[derive(Clone, Copy, Debug)]
struct Arrived {
    overview: RwSignal<Option<Overview>>,
    field: RwSignal<Option<Field>>,
}

impl Arrived {
    /// Kept current for as long as the calling component lives.
    fn watched() -> Self {
        let (overview, field) = (RwSignal::new(None), RwSignal::new(None));
        use_live().watch_overview(overview.into(), field.into());
        Self { overview, field }
    }
}

/// The page with its figures: the first as loaded, the next as they arrive.
#[component]
fn Fleet(
    first: Overview,
    field: Field,
    firmware: Asked<Vec<Mix>>,
    arrived: Arrived,
) -> impl IntoView {
    let live = use_live();
    let shown = memo(move || {
        arrived.overview.with(|arrived| match arrived {
            Some(arrived) if arrived.as_of >= first.as_of => arrived.clone(),
            _ => first.clone(),
        })
    });
    let squares = memo(move || {
        arrived.field.with(|arrived| match arrived {
            Some(arrived) if arrived.as_of >= field.as_of => arrived.clone(),
            _ => field.clone(),
        })
    });
    let is_empty = memo(move || shown.with(|shown| shown.figures.devices == 0));
    let is_stale = memo(move || matches!(live.link.get(), Link::Lost { .. }));
    let taking = Taking::over(shown, arrived.overview);
    view! {
        <div data-stale=move || is_stale.get().then_some("")>
            <Show when=move || !is_empty.get() fallback=|| view! { <Nobody /> }>
                <Headline title="Fleet overview" buttons=move || view! { <TakeNext taking=taking /> }>
                    <Sentence shown=shown />
                </Headline>
                <AsOf shown=shown is_stale=is_stale />
                <Partial shown=shown />
                <Stats shown=shown />
                <FieldSection shown=shown squares=squares />
                <div class="cols" data-cols="7-5">
                    <NeedsPerson taking=taking />
                    <InMotion shown=shown />
                </div>
                <Courses shown=shown firmware=firmware />
            </Show>
        </div>
    }
}

/// Said while the server still loads devices after its start.
#[component]
fn Partial(shown: Memo<Overview>) -> impl IntoView {
    let is_partial = memo(move || shown.with(|shown| !shown.is_complete));
    view! {
        <Show when=move || is_partial.get()>
            <Notice is=Is::Drift>
                "The server has just started and is still counting. Figures grow until every device is loaded."
            </Notice>
        </Show>
    }
}

/// When the figures are of, while the connection is lost. Its place is kept, so that nothing moves.
#[component]
fn AsOf(shown: Memo<Overview>, is_stale: Memo<bool>) -> impl IntoView {
    let words = move || {
        is_stale
            .get()
            .then(|| shown.with(|shown| format!("as of {} UTC", format::clock(shown.as_of))))
    };
    view! { <p class="as-of" role="status">{words}</p> }
}

/// A hub without devices.
#[component]
fn Nobody() -> impl IntoView {
    view! {
        <PageHead title=|| "Fleet overview" />
        <Empty title="No devices yet">
            <p>
                "A device appears here as soon as it is enrolled: by hand, by a service client, or by an import. "
                <code>"tandem connection-string"</code> " prints what a client needs; " <code>"tandem serve --demo 200"</code>
                " starts a simulated fleet of two hundred."
            </p>
            <div class="btns"><LinkButton kind=Kind::Primary href=Address::Provision.href()>"Enroll a device"</LinkButton></div>
        </Empty>
    }
}

/// The shape of the page while it is on its way.
#[component]
fn Coming() -> impl IntoView {
    view! {
        <PageHead title=|| "Fleet overview" facts=|| view! { <Ghost width="6" /> } />
        <div class="stats" aria-busy="true">
            {(0..6)
                .map(|_| view! { <div class="stat"><Ghost width="3" /> <Ghost width="4" height="fig" /></div> })
                .collect_view()}
        </div>
        <div class="under-head"><Ghost height="field" /></div>
        <Patience />
    }
}
