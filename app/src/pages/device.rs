//! One device: the whole truth on one screen.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, lazy_route};

use crate::ui::PageHead;

/// The page of one device.
#[derive(Debug)]
pub struct DevicePage;

#[lazy_route]
impl LazyRoute for DevicePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! {
            <Title text="Device" />
            <PageHead title=|| "Device" />
        }
        .into_any()
    }
}
