//! The top bar: where the tab is, how it stands to the server, the theme, the person.

use super::keys::list_keys;
use super::look::{Looks, use_look};
use super::palette::Omni;
use super::use_who;
use crate::browser;
use crate::format;
use crate::live::{Link, use_live};
use crate::prelude::*;
use crate::router::use_location;
use crate::routes::{Address, Crumb, crumbs};
use crate::ui::{Brand, Button, Icon, Kind, Size, Symbol};

/// The top bar.
#[component]
pub(super) fn Top() -> impl IntoView {
    let look = use_look();
    let path = use_location().pathname;
    let way = memo(move || path.with(|path| crumbs(path)));
    let step = |crumb: Crumb| {
        let class = crumb.is_code.then_some("mono");
        match crumb.href {
            Some(href) => view! { <li><a href=href>{crumb.name}</a></li> },
            None => view! { <li><span class=class aria-current="page">{crumb.name}</span></li> },
        }
    };
    view! {
        <header class="top">
            <a class="brand" href=Address::Overview.href()><Brand /> "Tandem"</a>
            <nav aria-label="Breadcrumb">
                <ol class="crumbs">{move || way.get().into_iter().map(step).collect_view()}</ol>
            </nav>
            <div class="end">
                <Omni />
                <LiveState />
                <span class="hide-s needs-script">
                    <Button kind=Kind::Quiet size=Size::Small label="Change theme" on_press=move |()| look.turn_theme()>
                        <Symbol icon=Icon::Theme />
                    </Button>
                </span>
                <Person />
            </div>
        </header>
    }
}

/// How the tab stands to the server. Pressing it holds the changes back, or lets them in.
#[component]
fn LiveState() -> impl IntoView {
    let live = use_live();
    let link = live.link;
    let is = move || match link.get() {
        Link::Connecting => Some("connecting"),
        Link::Open => None,
        Link::Held { .. } => Some("paused"),
        Link::Lost { .. } => Some("lost"),
    };
    // Only this sentence is read out, and only when the state itself changes.
    let state = memo(move || match link.get() {
        Link::Connecting => "Connecting".to_owned(),
        Link::Open => "Live".to_owned(),
        Link::Held { changes: 0 } => "Paused".to_owned(),
        Link::Held { changes } => format!(
            "Paused, {} held",
            format::plural(changes, "change", "changes")
        ),
        Link::Lost { retry_s: 0 } => "Connection lost, trying again".to_owned(),
        Link::Lost { retry_s } => format!("Connection lost, trying again in {retry_s} s"),
    });
    let open = move |text: fn(crate::live::protocol::Pulse) -> String| {
        (link.get() == Link::Open).then(|| text(live.pulse.get()))
    };
    let rate =
        move || open(|pulse| format!("{} msg/s", format::count(whole(pulse.messages_per_second))));
    let lag = move || {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds behind, shown to a tenth of a second"
        )]
        open(|pulse| {
            format!(
                "{} s behind",
                format::decimal(pulse.behind_ms as f64 / 1_000.0, 1)
            )
        })
    };
    let action = memo(move || match link.get() {
        Link::Open => Some(("Hold", "Hold changes back")),
        Link::Held { .. } => Some(("show", "Show held changes")),
        Link::Connecting | Link::Lost { .. } => None,
    });
    view! {
        <div class="live" data-is=is>
            <span class="beat"></span>
            <span role="status">{move || state.get()}</span>
            <span class="rate">{rate}</span>
            <span class="lag faint">{lag}</span>
            // One button for both, so that whoever pressed it keeps the focus.
            <button
                class="hold"
                type="button"
                hidden=move || action.get().is_none()
                aria-label=move || action.get().map(|(_, label)| label)
                on:click=move |_| live.hold(!live.is_held())
            >
                <Show when=move || action.get().is_some_and(|(word, _)| word == "show") fallback=|| view! { <Symbol icon=Icon::Pause /> }>
                    "show"
                </Show>
            </button>
            {move || {
                live.is_outdated
                    .get()
                    .then(|| {
                        view! {
                            <Button size=Size::Small on_press=|()| browser::reload()>"New version: reload"</Button>
                        }
                    })
            }}
        </div>
    }
}

/// The person: initials, and a card with the way out. Works without scripts.
#[component]
fn Person() -> impl IntoView {
    let who = use_who();
    let name = who.name.clone().unwrap_or_default();
    let role = who.role.map_or("", |role| role.name());
    let list_keys = list_keys();
    let menu = NodeRef::<leptos::html::Details>::new();
    let path = use_location().pathname;
    effect(move || {
        path.track();
        close(menu);
    });
    // Escape closes it and gives the focus back to what opened it.
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close(menu);
            browser::focus("person");
        }
    };
    view! {
        <details class="menu" node_ref=menu on:keydown=escape>
            <summary id="person" aria-label=format!("Signed in as {name}, {role}")>
                <span class="who" aria-hidden="true">{initials(&name)}</span>
            </summary>
            <div class="card">
                <p><b>{name}</b> <small>{role}</small></p>
                <Looks />
                <ul>
                    <li><a href=Address::Password.href()>"Your password"</a></li>
                    <li class="needs-script">
                        <button type="button" on:click=move |_| { close(menu); list_keys(); }>"Keys"</button>
                    </li>
                </ul>
                <form method="post" action="/session/end">
                    <Button size=Size::Small submit=true>"Sign out"</Button>
                </form>
                <small>{format!("Tandem {}", who.version)}</small>
            </div>
        </details>
    }
}

/// Closes a disclosure.
fn close(menu: NodeRef<leptos::html::Details>) {
    if let Some(menu) = menu.get_untracked() {
        menu.set_open(false);
    }
}

/// At most two letters: of the first and the last word.
fn initials(name: &str) -> String {
    let mut words = name
        .split([' ', '.', '-', '_', '@'])
        .filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    let initials: String = first.into_iter().chain(last).collect();
    format::upper(&initials)
}

/// A rate as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and at least zero; shown as a figure"
)]
fn whole(rate: f64) -> u64 {
    rate.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_first_and_last_word() {
        for (name, letters) in [
            ("Mina Okafor", "MO"),
            ("admin", "A"),
            ("jonas.van.lind", "JL"),
            ("", ""),
            ("ätna öl", "ÄÖ"),
        ] {
            assert_eq!(initials(name), letters);
        }
    }
}
