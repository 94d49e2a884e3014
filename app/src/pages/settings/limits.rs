//! Limits and retention: the values in force, with their units and where each is configured.

use leptos_router::{LazyRoute, lazy_route};

use super::head::{Coming, Ways};
use crate::api::ask;
use crate::api::settings::limits::{AskLimits, Group, Setting};
use crate::pages::Trouble;
use crate::prelude::*;
use crate::routes::Settings;
use crate::ui::{PageHead, Section};

/// The page at [`crate::routes::LIMITS`], below settings.
#[derive(Debug)]
pub struct LimitsPage;

#[lazy_route]
impl LazyRoute for LimitsPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let LimitsPage = this;
        let limits = ask(|| AskLimits {});
        let facts = || {
            view! { <span>"The values in force. Flags and variables are read at start: " <code>"tandem serve --help"</code></span> }
        };
        view! {
            <Title text="Limits and retention" />
            <PageHead title=|| "Limits and retention" facts=facts />
            <Ways at=Settings::Limits />
            <Transition fallback=|| view! { <Coming /> }>
                {move || Suspend::new(async move {
                    match limits.await {
                        Ok(groups) => {
                            let groups = groups.into_iter().map(|group| view! { <Values group=group /> });
                            view! { <div class="stackv under-head">{groups.collect_view()}</div> }
                        }
                        Err(problem) => view! { <Trouble problem=problem on_retry=move |()| limits.refetch() /> },
                    }
                })}
            </Transition>
        }
    }
}

#[component]
fn Values(group: Group) -> impl IntoView {
    let row = |setting: Setting| {
        let place = match setting.flag {
            Some(flag) => view! { <code>{flag}</code> },
            None => view! { <span class="dim">"Part of this version"</span> },
        };
        view! {
            <tr>
                <td>{setting.name}</td>
                <td>{setting.value}</td>
                <td>{place}</td>
            </tr>
        }
    };
    let caption = group.title.clone();
    view! {
        <Section id=group.id title=group.title>
            <div class="scroll-x" tabindex="0" role="region" aria-label=caption>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Setting"</th>
                            <th scope="col">"Value"</th>
                            <th scope="col">"Configured by"</th>
                        </tr>
                    </thead>
                    <tbody>{group.settings.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </Section>
    }
}
