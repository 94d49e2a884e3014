//! Answers as the text that the server wrote, so that one kind of resource and one request serve all questions.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use leptos::server_fn::ContentType;
use leptos::server_fn::client::{Client, browser::BrowserClient};
use leptos::server_fn::codec::GetUrl;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::request::{ClientReq, browser::BrowserRequest};
use leptos::server_fn::response::ClientRes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Problem;

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
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_str(self.good()?).map_err(|error| unreadable(&error))
    }

    /// The JSON of the answer, or the problem in its place.
    fn good(&self) -> Result<&str, Problem> {
        let inner = |begin| self.0.strip_prefix(begin)?.strip_suffix('}');
        match (inner(GOOD), inner(BAD)) {
            (Some(good), _) => Ok(good),
            (None, bad) => Err(serde_json::from_str(bad.unwrap_or_default())
                .unwrap_or_else(|error| unreadable(&error))),
        }
    }
}

fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::from_server_fn_error(ServerFnErrorErr::Response(error.to_string()))
}

/// A question as the query of a URL.
pub(super) fn query(question: &impl Serialize) -> Result<String, Problem> {
    serde_qs::to_string(question).map_err(|error| {
        Problem::from_server_fn_error(ServerFnErrorErr::Serialization(error.to_string()))
    })
}

/// Asks at a path.
pub(super) fn ask(path: &'static str, question: Question) -> Answer {
    let fetch = move |question| -> Pin<Box<dyn Future<Output = Text> + Send>> {
        Box::pin(exchange(path, question))
    };
    Resource::new_str(question, fetch)
}

async fn exchange(path: &str, question: Result<String, Problem>) -> Text {
    let answer = match question {
        Ok(query) => get(path, &query).await,
        Err(problem) => Err(problem),
    };
    let (begin, inner) = match answer {
        Ok(good) => (GOOD, good),
        Err(problem) => (BAD, serde_json::to_string(&problem).unwrap_or_default()),
    };
    Text([begin, &inner, "}"].concat().into())
}

/// One GET. What the server refuses is its problem.
async fn get(path: &str, query: &str) -> Result<String, Problem> {
    let request: BrowserRequest =
        ClientReq::<Problem>::try_new_get(path, GetUrl::CONTENT_TYPE, "application/json", query)?;
    let answer = <BrowserClient as Client<Problem>>::send(request).await?;
    let is_refused = (400..=599).contains(&ClientRes::<Problem>::status(&answer));
    let text = ClientRes::<Problem>::try_into_string(answer).await?;
    if is_refused {
        return Err(serde_json::from_str(&text).unwrap_or_else(|error| unreadable(&error)));
    }
    Ok(text)
}
