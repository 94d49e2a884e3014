//! Answers as the text that the server wrote, so that one kind of resource and one request serve all questions.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use reader::Read;

use crate::api::{Problem, exchange};

/// An answer, on its way or here.
pub(super) type Answer = Resource<Text, FromToStringCodec>;
/// What is asked now, as the query of a URL.
pub(super) type Question = Box<dyn Fn() -> Result<String, Problem> + Send + Sync>;

/// How the JSON of a `Result` begins, on either side.
const GOOD: &str = "{\"Ok\":";
const BAD: &str = "{\"Err\":";

/// The JSON of a `Result<_, Problem>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Arc<str>);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Text {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }
}

impl Text {
    /// What the text says.
    pub(super) fn read<T: Read>(&self) -> Result<T, Problem> {
        exchange::read(self.good()?)
    }

    /// The JSON of the answer, or the problem in its place.
    fn good(&self) -> Result<&str, Problem> {
        let inner = |begin| self.0.strip_prefix(begin)?.strip_suffix('}');
        match (inner(GOOD), inner(BAD)) {
            (Some(good), _) => Ok(good),
            (None, bad) => Err(exchange::refusal(bad.unwrap_or_default())),
        }
    }
}

/// Asks at a path.
pub(super) fn ask(path: &'static str, question: Question) -> Answer {
    let fetch = move |question| -> Pin<Box<dyn Future<Output = Text> + Send>> {
        Box::pin(answer(path, question))
    };
    Resource::new_str(question, fetch)
}

async fn answer(path: &str, question: Result<String, Problem>) -> Text {
    let answer = match question {
        Ok(query) => exchange::exchange(path, exchange::Question::Get(query)).await,
        Err(problem) => Err(problem),
    };
    let (begin, inner) = match answer {
        Ok(good) => (GOOD, good),
        Err(problem) => (BAD, serde_json::to_string(&problem).unwrap_or_default()),
    };
    Text([begin, &inner, "}"].concat().into())
}
