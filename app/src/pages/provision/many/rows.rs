//! The rows of a file, those with a problem first.

use crate::api::provision::many::{CellWrong, Row, RowIs, Rows};
use crate::prelude::*;
use crate::routes::Address;
use crate::ui::{Is, Section, State};

/// The section of rows.
#[component]
pub(super) fn TheRows(rows: Rows) -> impl IntoView {
    let Rows { shown, rest } = rows;
    let note = if rest.is_empty() {
        String::new()
    } else {
        format!("Problems first, then by line; {rest}")
    };
    view! {
        <Section id="rows" title="Rows".to_owned() note=note>
            <div class="scroll-x" tabindex="0" role="group" aria-labelledby="h-rows">
                <table class="table file-rows" aria-labelledby="h-rows">
                    <thead>
                        <tr>
                            <th scope="col" class="num">"Line"</th>
                            <th scope="col">"Device"</th>
                            <th scope="col">"Outcome"</th>
                            <th scope="col">"Column and problem"</th>
                        </tr>
                    </thead>
                    <tbody>{shown.into_iter().map(|row| view! { <One row=row /> }).collect_view()}</tbody>
                </table>
            </div>
        </Section>
    }
}

#[component]
fn One(row: Row) -> impl IntoView {
    let Row {
        line,
        id,
        is,
        wrongs,
    } = row;
    let (mark, words) = match is {
        RowIs::Wrong => (Is::Fault, "Not enrolled"),
        RowIs::There => (Is::Paused, "There already"),
        RowIs::New => (Is::Desired, "New"),
        RowIs::Done => (Is::Converged, "Enrolled"),
    };
    let device = match is {
        RowIs::There | RowIs::Done => {
            let href = Address::Device(id.clone()).href();
            view! { <a href=href>{id}</a> }
        }
        RowIs::Wrong | RowIs::New if id.is_empty() => {
            view! { <span class="faint">"without a name"</span> }
        }
        RowIs::Wrong | RowIs::New => view! { <span>{id}</span> },
    };
    let wrong = |CellWrong { column, sentence }| {
        let column = (!column.is_empty()).then(|| view! { <code>{column}</code> " " });
        view! { <li>{column}{sentence}</li> }
    };
    let wrongs = (!wrongs.is_empty())
        .then(|| view! { <ul>{wrongs.into_iter().map(wrong).collect_view()}</ul> });
    view! {
        <tr>
            <td class="num">{line}</td>
            <td class="mono">{device}</td>
            <td><State is=mark>{words}</State></td>
            <td class="said">{wrongs}</td>
        </tr>
    }
}
