//! How the console looks to this person: theme and density, kept in cookies that the server reads before the first
//! byte, so that nothing flashes.

use super::use_who;
use crate::browser;
use crate::prelude::*;
use crate::ui::{Choice, Segmented};

/// The themes; the first follows the system.
const THEMES: [(&str, &str); 3] = [("system", "System"), ("light", "Light"), ("dark", "Dark")];
/// The densities, with the second as it is unless chosen.
const DENSITIES: [(&str, &str); 3] = [
    ("compact", "Compact"),
    ("normal", "Normal"),
    ("roomy", "Roomy"),
];

/// Theme and density of the tab.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    theme: RwSignal<&'static str>,
    density: RwSignal<&'static str>,
}

/// Takes both from the request, and gives them to everything below.
pub fn provide_look() {
    let who = use_who();
    provide_context(Look {
        theme: RwSignal::new(known(&THEMES, who.theme.as_deref(), "system")),
        density: RwSignal::new(known(&DENSITIES, who.density.as_deref(), "normal")),
    });
}

/// The tab's look. Take it in the body of a component.
pub(super) fn use_look() -> Look {
    expect_context()
}

impl Look {
    fn set_theme(self, theme: &'static str) {
        self.theme.set(theme);
        browser::choose("theme", Some(theme).filter(|theme| *theme != "system"));
    }

    pub(super) fn set_density(self, density: &'static str) {
        self.density.set(density);
        browser::choose(
            "density",
            Some(density).filter(|density| *density != "normal"),
        );
    }

    /// Light becomes dark, and dark light; the system's counts as what it is now.
    pub(super) fn turn_theme(self) {
        let is_dark = match self.theme.get_untracked() {
            "dark" => true,
            "light" => false,
            _ => browser::prefers_dark(),
        };
        self.set_theme(if is_dark { "light" } else { "dark" });
    }
}

fn known(
    all: &[(&'static str, &str)],
    chosen: Option<&str>,
    otherwise: &'static str,
) -> &'static str {
    let found = all.iter().find(|(value, _)| Some(*value) == chosen);
    found.map_or(otherwise, |(value, _)| value)
}

/// The two switches.
#[component]
pub(super) fn Looks() -> impl IntoView {
    let look = use_look();
    let choices = |all: &[(&'static str, &str)]| {
        let choice = |(value, name): &(&'static str, &str)| Choice {
            value,
            name: (*name).to_owned(),
        };
        all.iter().map(choice).collect::<Vec<_>>()
    };
    view! {
        <div class="looks needs-script">
            <span aria-hidden="true">"Theme"</span>
            <Segmented label="Theme" choices=choices(&THEMES) value=look.theme on_choose=move |theme| look.set_theme(theme) />
            <span aria-hidden="true">"Density"</span>
            <Segmented label="Density" choices=choices(&DENSITIES) value=look.density on_choose=move |density| look.set_density(density) />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_version_knows_is_as_if_nothing_was_chosen() {
        assert_eq!(known(&THEMES, Some("dark"), "system"), "dark");
        assert_eq!(known(&THEMES, Some("neon"), "system"), "system");
        assert_eq!(known(&DENSITIES, None, "normal"), "normal");
    }
}
