//! What is there only while something holds, and lists whose items come and go.
//!
//! Leptos has both, generic over everything that is given to them: each use brings its own copy into the program that a
//! browser loads. Here the parts that differ are boxed, and one copy serves all.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use leptos::children::ViewFn;
use leptos::node::Node;
use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use leptos::tachys::view::keyed::keyed;

/// A condition that may change: a closure.
#[derive(Clone)]
pub struct Condition(Arc<dyn Fn() -> bool + Send + Sync>);

impl<F: Fn() -> bool + Send + Sync + 'static> From<F> for Condition {
    fn from(holds: F) -> Self {
        Self(Arc::new(holds))
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condition")
    }
}

/// Shows its children while `when` holds, and `fallback` otherwise.
#[component]
pub fn Show(
    /// Asked again whenever a signal that it reads changes.
    #[prop(into)]
    when: Condition,
    children: ChildrenFn,
    /// Nothing unless given.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    let holds = ArcMemo::new(move |_| (when.0)());
    let shown = move || {
        if holds.get() {
            children()
        } else {
            fallback.run()
        }
    };
    shown.into_render()
}

/// An item of a list that is about to be shown.
struct Item {
    key: u64,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Shows the items of a list. An item whose key stays keeps its view, wherever it goes in the list.
#[component]
pub fn For<E, I, T, K, V, N>(
    /// The items; asked again whenever a signal that it reads changes.
    each: E,
    /// What tells one item from another. Two with the same key are one.
    key: impl Fn(&T) -> K + Send + 'static,
    /// The view of an item, made once for each key.
    children: V,
) -> impl IntoView
where
    E: Fn() -> I + Send + 'static,
    I: IntoIterator<Item = T>,
    T: Send + 'static,
    K: Hash,
    V: Fn(T) -> N + Send + Sync + 'static,
    N: IntoView + 'static,
{
    let children = Arc::new(children);
    let item = move |item: T| {
        let children = Arc::clone(&children);
        // Of 64 bits: among the few hundred items of a list no two keys meet.
        let mut hasher = DefaultHasher::new();
        key(&item).hash(&mut hasher);
        Item {
            key: hasher.finish(),
            view: Box::new(move || children(item).into_any()),
        }
    };
    list(Box::new(move || each().into_iter().map(&item).collect()))
}

fn list(items: Box<dyn Fn() -> Vec<Item> + Send>) -> Node {
    // Views belong to the list and not to one round of it.
    let parent = Owner::current().unwrap_or_default();
    let shown = move || {
        let parent = parent.clone();
        let view = move |_, item: Item| {
            let owner = parent.with(Owner::new);
            let view = owner.with(item.view);
            (drop::<usize>, OwnedView::new_with_owner(view, owner))
        };
        keyed(items(), |item| item.key, view)
    };
    shown.into_render()
}
