//! What is in motion: the jobs under way, each with how far it is.

use super::listed::{Listed, Moved};
use crate::api::jobs::Standing;
use crate::api::overview::{Moving, Overview};
use crate::format;
use crate::pages::jobs::is_of;
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Bar, Is, Section, State};

/// The section.
#[component]
pub(super) fn InMotion(shown: Memo<Overview>) -> impl IntoView {
    let present = memo(move || shown.with(|shown| shown.moving.iter().map(|job| job.id).collect()));
    let listed = Listed::<u64>::of(present);
    let note = derived(move || shown.with(note));
    let has_lines = memo(move || listed.has_some());
    let nobody = memo(move || shown.with(|shown| shown.jobs == 0));
    let end = move || {
        view! {
            <Moved listed=listed />
            <a href=Address::Jobs { before: None }.href()>"All jobs"</a>
        }
    };
    view! {
        <Section id="in-motion" title="In motion" note=note end=end>
            <Show when=move || has_lines.get() fallback=move || nobody.get().then(|| view! { <p class="dim">"No job is under way."</p> })>
                <ul class="in-motion">
                    <For each=move || listed.get() key=|id| *id children=move |id| view! { <Line id=id shown=shown /> } />
                </ul>
            </Show>
        </Section>
    }
}

/// A job: what it does, how it stands, and how far it is. One that has ended stays until who reads puts it away.
#[component]
fn Line(id: u64, shown: Memo<Overview>) -> impl IntoView {
    let line = Memo::new(move |before: Option<&(Moving, bool)>| {
        let found = shown.with(|shown| shown.moving.iter().find(|job| job.id == id).cloned());
        match found {
            Some(found) => (found, true),
            None => (
                before.map_or_else(|| nothing(id), |(line, _)| line.clone()),
                false,
            ),
        }
    });
    let is = derived(move || {
        line.with(|(line, moves)| {
            if *moves {
                is_of(line.standing)
            } else {
                Is::Paused
            }
        })
    });
    let state = move || {
        line.with(|(line, moves)| {
            if *moves {
                line.state.clone()
            } else {
                "it has ended".to_owned()
            }
        })
    };
    let title = memo(move || line.with(|(line, _)| line.title.clone()));
    let words = memo(move || line.with(|(line, _)| line.progress.clone()));
    let share = move |part: usize| derived(move || line.with(|(line, _)| line.shares[part]));
    view! {
        <li>
            <a href=Address::Job(id).href()>{move || title.get()}</a>
            <State is=is>{state}</State>
            <Bar label=format!("Job {id}") words=words done=share(0) flight=share(1) bad=share(2) />
            <span class="under">{move || words.get()}</span>
        </li>
    }
}

/// A job of which nothing is known but that it was listed.
fn nothing(id: u64) -> Moving {
    Moving {
        id,
        title: format!("Job {id}"),
        standing: Standing::Held,
        state: String::new(),
        progress: String::new(),
        shares: [0.0; 3],
    }
}

/// How many there are, and how many are not shown.
fn note(shown: &Overview) -> String {
    let hidden = shown.jobs.saturating_sub(shown.moving.len() as u64);
    match (shown.jobs, hidden) {
        (0, _) => String::new(),
        (jobs, 0) => format!("{} under way", format::count(jobs)),
        (jobs, _) => format!(
            "{} under way, the oldest {}",
            format::count(jobs),
            shown.moving.len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_is_counted() {
        let mut shown = Overview::default();
        assert_eq!(note(&shown), "");
        (shown.jobs, shown.moving) = (1, vec![nothing(1)]);
        assert_eq!(note(&shown), "1 under way");
        shown.jobs = 7;
        assert_eq!(note(&shown), "7 under way, the oldest 1");
    }
}
