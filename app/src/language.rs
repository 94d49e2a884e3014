//! The query language in the browser: the parser, the checks and the completion are 70 kB compressed, so they come when a person first writes in it, or when there is a condition to be colored.
//!
//! The server has it always: a document is colored and says what is wrong with its condition before any script runs.

use std::ops::Range;
use std::pin::Pin;

use query::{Completion, Path, Problem, Schema, TokenKind};

#[cfg(not(feature = "ssr"))]
use std::sync::OnceLock;

use crate::prelude::*;

/// The parts of a text in order, each with what it is.
type Parts = Vec<(Range<usize>, TokenKind)>;

/// The paths and values that a condition can be completed with, on their way; `None` when the server does not say.
type Known = Pin<Box<dyn Future<Output = Option<Schema>>>>;

/// What the language says of texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Language {
    /// The parts of a text, for coloring it.
    pub(crate) parts: fn(&str) -> Parts,
    /// The first problem of a condition.
    pub(crate) problem: fn(&str) -> Option<Problem>,
    /// What can stand at a byte of a condition; nothing when there is nothing to add.
    pub(crate) complete: fn(&str, usize, &Schema) -> Option<Completion>,
    /// The path that a text is.
    pub(crate) path: fn(&str) -> Option<Path>,
    /// Asks the server for the paths and values that a condition can be completed with.
    pub(crate) schema: fn() -> Known,
}

/// All of it, for tests.
#[cfg(test)]
pub(crate) fn language() -> Language {
    whole()
}

/// All of it. In a browser only [`load`] may name this: what names it is loaded with it.
fn whole() -> Language {
    Language {
        parts: query::highlight,
        problem: |text| query::parse_condition(text).problems.into_iter().next(),
        complete: |text, caret, schema| {
            let completion = query::complete(text, caret.min(text.len()), schema);
            (!completion.items.is_empty()).then_some(completion)
        },
        path: Path::parse,
        schema: || Box::pin(async { crate::api::devices::schema().await.ok() }),
    }
}

#[cfg(not(feature = "ssr"))]
#[lazy]
fn query_language() -> Language {
    whole()
}

/// The language, when it is here. `Copy`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken(RwSignal<Option<Language>>);

/// What was loaded for an earlier page.
#[cfg(not(feature = "ssr"))]
static LOADED: OnceLock<Language> = OnceLock::new();

impl Spoken {
    /// For a page.
    pub(crate) fn here() -> Self {
        #[cfg(feature = "ssr")]
        let language = Some(whole());
        #[cfg(not(feature = "ssr"))]
        let language = LOADED.get().copied();
        Self(RwSignal::new(language))
    }

    /// The language, followed: whoever reads it is told when it has come.
    pub(crate) fn get(self) -> Option<Language> {
        self.0.get()
    }

    /// The language, not followed.
    pub(crate) fn now(self) -> Option<Language> {
        self.0.get_untracked()
    }

    /// The first problem of a condition, when the language is here; not followed.
    pub(crate) fn problem(self, condition: &str) -> Option<Problem> {
        (self.now()?.problem)(condition)
    }

    /// Loads it, once.
    #[cfg_attr(
        feature = "ssr",
        expect(clippy::unused_self, reason = "a server has it always")
    )]
    pub(crate) fn begin(self) {
        #[cfg(not(feature = "ssr"))]
        if self.now().is_none() {
            leptos::task::spawn_local(async move {
                let language = query_language().await;
                // Set by whoever was first.
                let _ = LOADED.set(language);
                if self
                    .0
                    .try_get_untracked()
                    .is_some_and(|known| known.is_none())
                {
                    self.0.try_set(Some(language));
                }
            });
        }
    }
}
