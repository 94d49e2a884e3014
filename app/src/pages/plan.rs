//! Plan: the groups that people have named, the properties that the fleet is asked about, and those that it holds.

mod declare;
mod delete_group;
mod drop;
mod groups;
mod inventory;
mod properties;
mod shown;
mod words;

use leptos_router::{LazyRoute, lazy_route};

use crate::api::plan::{AskInventory, AskScheme, Inventory, Property, Scheme};
use crate::api::views::{AskViews, Views};
use crate::api::{Problem, ask};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::shell::{use_key, use_who};
use crate::ui::{Button, GhostRows, Icon, Kind, PageHead, Symbol};

use shown::Shown;

/// The page of the plan.
#[derive(Debug)]
pub struct PlanPage;

#[lazy_route]
impl LazyRoute for PlanPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let PlanPage = this;
        let scheme = ask(|| AskScheme {});
        let inventory = ask(|| AskInventory {});
        let views = ask(|| AskViews {});
        let again = move |()| {
            scheme.refetch();
            inventory.refetch();
            views.refetch();
        };
        view! {
            <Title text="Plan" />
            <Transition fallback=|| view! { <GhostRows columns=&properties::COLUMNS /> }>
                {move || Suspend::new(async move {
                    let (scheme, inventory, views) = (scheme.await, inventory.await, views.await);
                    match scheme {
                        Ok(scheme) => view! { <Whole scheme=scheme inventory=inventory views=views /> },
                        Err(problem) => {
                            view! {
                                <PageHead title=|| "Plan" />
                                <Trouble problem=problem on_retry=again />
                            }
                        }
                    }
                })}
            </Transition>
        }
    }
}

#[component]
fn Whole(
    scheme: Scheme,
    inventory: Result<Inventory, Problem>,
    views: Result<Views, Problem>,
) -> impl IntoView {
    let shown = Shown::follow(scheme);
    let inventory = RwSignal::new(inventory);
    let cannot = Signal::stored(use_who().cannot_change());
    let editor = declare::Editor::closed();
    let dropping = RwSignal::new(None::<Property>);
    let declare = move |()| {
        if cannot.with_untracked(Option::is_none) {
            editor.declare("", None);
        }
    };
    use_key("e", "Declare a property", move || declare(()));
    let facts = move || {
        view! {
            {move || shown.scheme.with(words::facts).into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
        }
    };
    view! {
        <PageHead title=|| "Plan" facts=facts>
            <span class="needs-script">
                <Button kind=Kind::Primary key="E" disabled=cannot on_press=declare>
                    <Symbol icon=Icon::Plus />
                    "Declare a property"
                </Button>
            </span>
        </PageHead>
        <div class="stackv">
            <properties::Properties shown=shown cannot=cannot editor=editor dropping=dropping />
            <groups::Groups views=views cannot=cannot />
            <inventory::Holdings inventory=inventory shown=shown cannot=cannot editor=editor />
        </div>
        <declare::Declare editor=editor shown=shown inventory=inventory cannot=cannot />
        <drop::DropProperty property=dropping shown=shown />
    }
}
