//! What happened, newest first, grouped by day.

use super::{Is, Mark};
use crate::prelude::*;

/// One moment, already in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Stable and unique in its timeline.
    pub key: String,
    /// The day it belongs to, in words; a new one is written above the first of its moments.
    pub day: String,
    /// The hour and minute.
    pub time: String,
    /// The exact instant, shown on hover.
    pub exact: String,
    /// Its mark.
    pub is: Is,
    /// The sentence up to what it is about.
    pub sentence: String,
    /// What it is about, set strong.
    pub subject: String,
    /// Where that is, when it has a page.
    pub href: Option<String>,
    /// The small line below: cause, person, reason.
    pub cause: String,
}

/// A list of moments. The first day is not written when it is `today`.
#[component]
pub fn Timeline(
    /// The moments, newest first.
    #[prop(into)]
    moments: Signal<Vec<Moment>>,
    /// The day that needs no name.
    #[prop(optional, into)]
    today: String,
) -> impl IntoView {
    let heads = memo(move || {
        moments.with(|moments| {
            let mut before = today.clone();
            let head = |moment: &Moment| {
                let is_new = moment.day != before;
                before.clone_from(&moment.day);
                (is_new.then(|| moment.day.clone()), moment.clone())
            };
            moments.iter().map(head).collect::<Vec<_>>()
        })
    });
    view! {
        <ol class="timeline">
            <For
                each=move || heads.get()
                key=|(day, moment)| (day.clone(), moment.key.clone())
                children=|(day, moment)| view! { <Entry day=day moment=moment /> }
            />
        </ol>
    }
}

#[component]
fn Entry(day: Option<String>, moment: Moment) -> impl IntoView {
    let subject = match moment.href {
        Some(href) => view! { <a href=href>{moment.subject}</a> },
        None => view! { <b>{moment.subject}</b> },
    };
    view! {
        {day.map(|day| view! { <li class="day">{day}</li> })}
        <li>
            <time title=moment.exact>{moment.time}</time>
            <Mark is=moment.is />
            <div>
                <p>{moment.sentence} " " {subject}</p>
                <small>{moment.cause}</small>
            </div>
        </li>
    }
}
