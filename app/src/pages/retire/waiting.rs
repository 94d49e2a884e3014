//! What may be ready to go: sets of devices, each with the query that finds them.

use crate::api::Problem;
use crate::api::retire::{Desk, Waiting as Set};
use crate::format;
use crate::prelude::*;
use crate::routes::{Address, Retiring, Search};
use crate::ui::Section;

/// The heads of the table.
pub(super) const COLUMNS: [&str; 3] = ["Devices", "How many", "Actions"];

/// The section.
#[component]
pub(super) fn Waiting(desk: Result<Desk, Problem>) -> impl IntoView {
    view! {
        <Section id="to-retire" title="To retire".to_owned() note="devices that may be ready to go".to_owned()>
            {match desk {
                Err(problem) => super::trouble(problem),
                Ok(desk) => view! {
                    <div class="scroll-x leaving">
                        <table class="table" aria-labelledby="h-to-retire">
                            <thead>
                                <tr>
                                    <th scope="col">{COLUMNS[0]}</th>
                                    <th scope="col" class="num">{COLUMNS[1]}</th>
                                    <th scope="col"><span class="sr">{COLUMNS[2]}</span></th>
                                </tr>
                            </thead>
                            <tbody>{desk.waiting.into_iter().map(row).collect_view()}</tbody>
                        </table>
                    </div>
                },
            }}
        </Section>
    }
}

fn row(set: Set) -> AnyView {
    let count = set
        .count
        .map_or_else(|| format::UNKNOWN.to_owned(), format::count);
    let label = format!("Review: {}", set.title);
    let review = (set.count != Some(0)).then(|| {
        let href = Address::Retire(Retiring::of(set.query.clone())).href();
        view! { <a href=href aria-label=label>"Review"</a> }
    });
    view! {
        <tr>
            <td>{set.title}</td>
            <td class="num"><a href=Address::Devices(Search::of(set.query)).href()>{count}</a></td>
            <td class="num">{review}</td>
        </tr>
    }
}
