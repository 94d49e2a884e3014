//! What is wrong with the condition in the query bar, said once: the sentence, the place, and the fix as a button.

use leptos::ev::SubmitEvent;
use query::Problem;

use super::words;
use crate::prelude::*;
use crate::routes::{Address, Search};
use crate::ui::{Button, Is, Mark, Size};

/// The problem of the text in the bar, in one line while the answer to another condition is still shown below, and
/// with its place when nothing else is.
#[component]
pub(super) fn ConditionProblem(
    /// The condition as it is written.
    #[prop(into)]
    text: Signal<String>,
    /// Its first problem.
    problem: Memo<Option<Problem>>,
    /// What the page was asked for.
    search: Memo<Search>,
    /// Whether nothing else is shown, because what was asked for cannot be read.
    is_alone: Memo<bool>,
    /// Takes the mended condition.
    #[prop(into)]
    on_mend: Callback<String>,
) -> impl IntoView {
    let said = move |problem: Problem| {
        let text = text.get();
        let place = is_alone.get().then(|| words::pointed(&text, &problem));
        let fixed = problem.fix.as_ref().map(|fix| words::apply(&text, fix));
        view! {
            <p>
                <Mark is=Is::Fault />
                <span data-tone="fault">{problem.message}</span>
                {problem.help.map(|help| view! { <span>{help}</span> })}
            </p>
            {place.map(|place| view! { <pre class="code" tabindex="0" aria-label="Where the condition goes wrong">{place}</pre> })}
            {fixed.map(|fixed| view! { <Mend fixed=fixed search=search on_mend=on_mend /> })}
        }
    };
    view! {
        <div class="problem" id="query-problem" aria-live="polite" data-alone=move || is_alone.get().then_some("")>
            {move || problem.get().map(said)}
        </div>
    }
}

/// The fix. A form of its own: without scripts it asks for the mended condition.
#[component]
fn Mend(fixed: String, search: Memo<Search>, on_mend: Callback<String>) -> impl IntoView {
    let mended = fixed.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        on_mend.run(mended.clone());
    };
    let kept = move || search.with(Search::kept).into_iter();
    view! {
        <form method="get" action=Address::Devices(Search::default()).href() on:submit=submit>
            <input type="hidden" name="q" value=fixed.clone() />
            {move || kept().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()}
            <Button size=Size::Small submit=true>"Use " <span class="mono">{fixed}</span></Button>
        </form>
    }
}
