//! The list of devices: find a set, act on it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, lazy_route};

use crate::ui::PageHead;

/// The page at [`crate::routes::DEVICES`].
#[derive(Debug)]
pub struct DevicesPage;

#[lazy_route]
impl LazyRoute for DevicesPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! {
            <Title text="Devices" />
            <PageHead title=|| "Devices" />
        }
        .into_any()
    }
}
