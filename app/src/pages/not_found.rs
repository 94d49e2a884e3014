//! What is shown where there is no page.

use crate::prelude::*;
use crate::routes::{Address, Search};
use crate::ui::{Empty, LinkButton, PageHead};

/// Says so, with the status that belongs to it, and offers the ways back.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found" />
        <PageHead title=|| "There is no such page" />
        <Empty title="The address leads nowhere">
            <p>"It may have been mistyped, or what it named may be gone."</p>
            <div class="btns">
                <LinkButton href=Address::Overview.href()>"Fleet overview"</LinkButton>
                <LinkButton href=Address::Devices(Search::default()).href()>"Devices"</LinkButton>
            </div>
        </Empty>
    }
}
