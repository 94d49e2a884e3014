//! The status alphabet: nine shapes, each always beside a word.

use crate::prelude::*;

/// What a mark says, from well to worst in the order of [`Is::severity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Is {
    /// Hollow square: asked, not yet answered.
    Desired,
    /// Solid square: answered, connected, confirmed.
    Reported,
    /// Square in square: both sides agree.
    Converged,
    /// Half-filled square: the sides differ.
    Drift,
    /// Solid diamond: refused, failed, halted. The only red there is.
    Fault,
    /// Hollow circle: no answer within the limit.
    Silent,
    /// Open ring: under way.
    Busy,
    /// Two bars: held by a person or a plan.
    Paused,
    /// Dotted square: not started.
    Next,
}

impl Is {
    /// All nine, in the order of the alphabet.
    pub const ALL: [Self; 9] = [
        Self::Desired,
        Self::Reported,
        Self::Converged,
        Self::Drift,
        Self::Fault,
        Self::Silent,
        Self::Busy,
        Self::Paused,
        Self::Next,
    ];

    /// The value of `data-is`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desired => "desired",
            Self::Reported => "reported",
            Self::Converged => "converged",
            Self::Drift => "drift",
            Self::Fault => "fault",
            Self::Silent => "silent",
            Self::Busy => "busy",
            Self::Paused => "paused",
            Self::Next => "next",
        }
    }

    /// The word beside the mark when there is no better one.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Desired => "Desired",
            Self::Reported => "Reported",
            Self::Converged => "Agrees",
            Self::Drift => "Drifting",
            Self::Fault => "Failed",
            Self::Silent => "Silent",
            Self::Busy => "Under way",
            Self::Paused => "Paused",
            Self::Next => "Not yet",
        }
    }

    /// The tone of text that carries this meaning; `None` where text stays ink.
    pub const fn tone(self) -> Option<&'static str> {
        match self {
            Self::Desired => Some("desired"),
            Self::Drift => Some("drift"),
            Self::Fault => Some("fault"),
            Self::Silent => Some("silent"),
            Self::Reported | Self::Converged | Self::Busy | Self::Paused | Self::Next => None,
        }
    }

    /// How much a person should care: a group shows its highest.
    pub const fn severity(self) -> u8 {
        match self {
            Self::Fault => 5,
            Self::Drift => 4,
            Self::Silent => 3,
            Self::Busy | Self::Paused => 2,
            Self::Desired | Self::Next => 1,
            Self::Reported | Self::Converged => 0,
        }
    }
}

/// One mark, silent to screen readers: the word beside it speaks.
#[component]
pub fn Mark(
    /// What it says.
    #[prop(into)]
    is: Signal<Is>,
) -> impl IntoView {
    view! { <i class="mark" aria-hidden="true" data-is=move || is.get().name()></i> }
}

/// A mark and its word.
#[component]
pub fn State(
    /// What the mark says.
    #[prop(into)]
    is: Signal<Is>,
    /// Whether the word takes the tone of the mark.
    #[prop(optional)]
    toned: bool,
    /// The word.
    children: Children,
) -> impl IntoView {
    view! {
        <span class="state" data-tone=move || is.get().tone().filter(|_| toned)>
            <Mark is=is />
            {children()}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_shows_its_worst_member() {
        let worst = |group: &[Is]| group.iter().copied().max_by_key(|is| is.severity());
        assert_eq!(
            worst(&[Is::Converged, Is::Silent, Is::Drift]),
            Some(Is::Drift)
        );
        assert_eq!(worst(&[Is::Drift, Is::Fault, Is::Busy]), Some(Is::Fault));
        assert_eq!(worst(&[Is::Desired, Is::Busy]), Some(Is::Busy));
    }

    #[test]
    fn shapes_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = Is::ALL.iter().map(|is| is.name()).collect();
        assert_eq!(names.len(), Is::ALL.len());
    }
}
