//! What happened to a retired device, as long as retention keeps it.

use crate::api::Problem;
use crate::api::device::{Happening, Timeline as Stretch};
use crate::api::retire::past;
use crate::format;
use crate::pages::Trouble;
use crate::pages::device::moment;
use crate::prelude::*;
use crate::ui::{Button, Section, Size, Timeline};

/// The section; older stretches are added on demand.
#[component]
pub(super) fn Past(number: u64, first: Result<Stretch, Problem>) -> impl IntoView {
    let (stretch, problem) = match first {
        Ok(stretch) => (stretch, None),
        Err(problem) => (Stretch::default(), Some(problem)),
    };
    let as_of = stretch.as_of;
    let older = RwSignal::new(stretch.older);
    let all = RwSignal::new(stretch.happenings);
    let load = Action::new(move |from: &String| past(number, Some(from.clone())));
    effect(move || {
        if let Some(Ok(stretch)) = load.value().get() {
            older.set(stretch.older);
            all.update(|all| all.extend(stretch.happenings));
        }
    });
    let moments = derived(move || {
        let all = all.get().into_iter();
        all.map(|one: Happening| moment(one, as_of))
            .collect::<Vec<_>>()
    });
    let is_empty = move || all.with(Vec::is_empty);
    view! {
        <Section id="past" title="What happened".to_owned() note="as long as the history is kept".to_owned()>
            {problem.map(|problem| view! { <Trouble problem=problem /> })}
            {move || is_empty().then(|| view! { <p class="dim">"Its history is no longer kept. This record is."</p> })}
            <Timeline moments=moments today=format::day(as_of, as_of) />
            {move || load.value().get().and_then(Result::err).map(|problem| view! { <Trouble problem=problem /> })}
            {move || {
                older
                    .get()
                    .map(|from| view! { <Button size=Size::Small on_press=move |()| { load.dispatch(from.clone()); }>"Load older"</Button> })
            }}
        </Section>
    }
}
