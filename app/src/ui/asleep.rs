//! Parts that stand in the document as the server wrote them until their own program is here: it is asked for at once
//! ([`soon`]), or when the part comes near ([`asleep`]).

use super::Part;

/// How much room is kept for a part where no server wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// That of a section.
    Section,
    /// That of a notice.
    Notice,
}

impl Room {
    const fn name(self) -> &'static str {
        match self {
            Self::Section => "section",
            Self::Notice => "notice",
        }
    }
}

#[cfg(feature = "ssr")]
pub(crate) use server::{asleep, soon};
#[cfg(not(feature = "ssr"))]
pub(crate) use tab::{asleep, soon};

#[cfg(feature = "ssr")]
mod server {
    use futures::FutureExt as _;

    use super::{Part, Room};
    use crate::prelude::*;

    /// A part that is rarely there. A server has the program of every part.
    pub(crate) fn soon<F>(room: Room, load: impl Fn() -> F + 'static) -> AnyView
    where
        F: Future<Output = Part> + 'static,
    {
        let part = load().now_or_never();
        view! { <div class="asleep" data-room=room.name()>{part.map(|part| part())}</div> }
    }

    /// A part further down. A server has the program of every part.
    pub(crate) fn asleep<F>(load: impl Fn() -> F + 'static) -> AnyView
    where
        F: Future<Output = Part> + 'static,
    {
        soon(Room::Section, load)
    }
}

#[cfg(not(feature = "ssr"))]
mod tab {
    use std::pin::Pin;
    use std::rc::Rc;

    use leptos::html::Div;
    use leptos::reactive::owner::StoredValue as Kept;
    use leptos::tachys::view::{Mountable as _, Render as _};
    use leptos::task::spawn_local;
    use leptos::web_sys::HtmlDivElement;

    use super::{Part, Room};
    use crate::browser;
    use crate::prelude::*;

    type Load = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Part>>>>;

    /// A part that is rarely there. What a server wrote stands there until its program is here, which is asked for now.
    pub(crate) fn soon<F>(room: Room, load: impl Fn() -> F + 'static) -> AnyView
    where
        F: Future<Output = Part> + 'static,
    {
        sleeping(room, Rc::new(move || Box::pin(load())), |_, wake| wake())
    }

    /// A part further down. What a server wrote stands there until it comes near; then its program is loaded and takes
    /// its place.
    pub(crate) fn asleep<F>(load: impl Fn() -> F + 'static) -> AnyView
    where
        F: Future<Output = Part> + 'static,
    {
        let load: Load = Rc::new(move || Box::pin(load()));
        sleeping(Room::Section, load, |place, wake| {
            browser::when_near(place, move || wake());
        })
    }

    /// The place of a part; `until` is told how to wake it when the place is there.
    fn sleeping(room: Room, load: Load, until: fn(&HtmlDivElement, Rc<dyn Fn()>)) -> AnyView {
        let place = NodeRef::<Div>::new();
        let wake = waking(place, load);
        effect(move || {
            if let Some(place) = place.get() {
                until(&place, Rc::clone(&wake));
            }
        });
        view! { <div class="asleep" data-room=room.name() node_ref=place></div> }
    }

    /// What loads the part, once, and lets it take its place.
    fn waking(place: NodeRef<Div>, load: Load) -> Rc<dyn Fn()> {
        // Held weakly: what an owner keeps must not keep the owner.
        let owner = Owner::current().unwrap_or_default().downgrade();
        let shown = Kept::new_local(None);
        let is_awake = StoredValue::new(false);
        // The element may stay for another part, which is not of this one.
        on_cleanup(move || {
            if let Some(Some(place)) = place.try_get_untracked() {
                place.set_inner_html("");
            }
        });
        Rc::new(move || {
            if is_awake.try_get_value() != Some(false) {
                return;
            }
            is_awake.set_value(true);
            let (coming, owner) = (load(), owner.clone());
            spawn_local(async move {
                let part = coming.await;
                let (Some(Some(place)), Some(owner)) = (place.try_get_untracked(), owner.upgrade())
                else {
                    return;
                };
                let own = owner.child();
                browser::renew(&place, &mut || {
                    let state = own.with(|| {
                        let mut state = part().build();
                        state.mount(&place, None);
                        state
                    });
                    shown.try_set_value(Some((state, own.clone())));
                });
            });
        })
    }
}
