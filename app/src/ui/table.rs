//! Parts of a data table.
//!
//! A table is plain markup with the class `table`, a `<tbody>`, and rows of `<td>`; `class="num"` sets a column to
//! the right. Heads that sort are links, because the order is part of the address and must work without scripts.

use crate::prelude::*;

/// How a column is ordered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Order {
    /// The value of `aria-sort`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// The head of a column that can be sorted by.
#[component]
pub fn SortHead(
    /// The name of the column.
    #[prop(into)]
    name: String,
    /// The page in the order that pressing it asks for.
    #[prop(into)]
    href: Signal<String>,
    /// How it is ordered now; `None` when another column decides.
    #[prop(into)]
    order: Signal<Option<Order>>,
    /// Whether the column holds numbers.
    #[prop(optional)]
    numbers: bool,
    /// Called beside, when it is pressed.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
) -> impl IntoView {
    let press = move |_| {
        if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <th scope="col" class=numbers.then_some("num") aria-sort=move || order.get().map(Order::name)>
            <a href=move || href.get() on:click=press>{name}</a>
        </th>
    }
}
