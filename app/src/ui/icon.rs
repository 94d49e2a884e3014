//! The icons, one inline sprite on a 16 px grid, and the product's mark.

use crate::prelude::*;

/// An icon of the sprite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named for what it draws")]
pub enum Icon {
    Search,
    Devices,
    Report,
    Settings,
    Monitor,
    Configure,
    More,
    Pause,
    Play,
    Stop,
    Undo,
    Down,
    Copy,
    Columns,
    Theme,
    Print,
    Plus,
    Check,
    Close,
    Chevron,
    Bolt,
    Key,
    Retire,
}

impl Icon {
    /// The reference to the symbol in the sprite.
    const fn symbol(self) -> &'static str {
        match self {
            Self::Search => "#i-search",
            Self::Devices => "#i-devices",
            Self::Report => "#i-report",
            Self::Settings => "#i-settings",
            Self::Monitor => "#i-monitor",
            Self::Configure => "#i-configure",
            Self::More => "#i-more",
            Self::Pause => "#i-pause",
            Self::Play => "#i-play",
            Self::Stop => "#i-stop",
            Self::Undo => "#i-undo",
            Self::Down => "#i-down",
            Self::Copy => "#i-copy",
            Self::Columns => "#i-columns",
            Self::Theme => "#i-theme",
            Self::Print => "#i-print",
            Self::Plus => "#i-plus",
            Self::Check => "#i-check",
            Self::Close => "#i-close",
            Self::Chevron => "#i-chevron",
            Self::Bolt => "#i-bolt",
            Self::Key => "#i-key",
            Self::Retire => "#i-retire",
        }
    }
}

/// One icon; the text beside it, or the label of what holds it, says what it means.
#[component]
pub fn Symbol(
    /// Which.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use href=icon.symbol()></use>
        </svg>
    }
}

/// The product's mark: desired hollow, reported solid.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg viewBox="0 0 20 20" aria-hidden="true">
            <rect x="1.9" y="1.9" width="10.6" height="10.6" fill="none" stroke="var(--desired)" stroke-width="1.8"></rect>
            <rect x="7.4" y="7.4" width="11.6" height="11.6" fill="var(--reported-mark)"></rect>
        </svg>
    }
}

/// The symbols, once in a document, and the hatch that bars fill with.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <svg class="sprite" aria-hidden="true" inner_html=include_str!("sprite.svg")></svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_in_the_sprite() {
        let sprite = include_str!("sprite.svg");
        let all = [
            Icon::Search,
            Icon::Devices,
            Icon::Report,
            Icon::Settings,
            Icon::Monitor,
            Icon::Configure,
            Icon::More,
            Icon::Pause,
            Icon::Play,
            Icon::Stop,
            Icon::Undo,
            Icon::Down,
            Icon::Copy,
            Icon::Columns,
            Icon::Theme,
            Icon::Print,
            Icon::Plus,
            Icon::Check,
            Icon::Close,
            Icon::Chevron,
            Icon::Bolt,
            Icon::Key,
            Icon::Retire,
        ];
        for icon in all {
            let id = format!("id=\"{}\"", icon.symbol().trim_start_matches('#'));
            assert!(sprite.contains(&id), "{icon:?}");
        }
        assert_eq!(
            sprite.matches("<symbol").count(),
            all.len(),
            "a symbol that no icon names"
        );
    }
}
