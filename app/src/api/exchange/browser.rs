//! Questions and answers as texts, and the one request that carries them.

use std::pin::Pin;

use leptos::server_fn::ContentType;
use leptos::server_fn::client::{Client, browser::BrowserClient};
use leptos::server_fn::codec::{Encoding, GetUrl, PostUrl};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::request::{ClientReq, browser::BrowserRequest};
use leptos::server_fn::response::ClientRes;
use reader::Read;
use serde::Serialize;

use crate::api::Problem;

/// What a browser takes as an answer.
const ACCEPTED: &str = "application/json";

/// An answer on its way: its JSON, or what the server refused.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send>>;

/// A question as it is sent.
pub(in crate::api) enum Question {
    /// In the address.
    Get(String),
    /// In the body, with its media type.
    Post(&'static str, String),
}

impl Question {
    /// In that encoding.
    pub(super) fn write<E: Encoding>(question: &impl Serialize) -> Result<Self, Problem> {
        if E::CONTENT_TYPE == ACCEPTED {
            let text = serde_json::to_string(question).map_err(|error| unwritten(&error))?;
            return Ok(Self::Post(E::CONTENT_TYPE, text));
        }
        let text = query(question)?;
        Ok(if E::METHOD == GetUrl::METHOD {
            Self::Get(text)
        } else {
            Self::Post(PostUrl::CONTENT_TYPE, text)
        })
    }
}

/// A question as the query of a URL.
pub(in crate::api) fn query(question: &impl Serialize) -> Result<String, Problem> {
    serde_qs::to_string(question).map_err(|error| unwritten(&error))
}

/// What an answer says.
pub(in crate::api) fn read<T: Read>(answer: &str) -> Result<T, Problem> {
    reader::from_str(answer).map_err(|error| unreadable(&error))
}

/// The problem that an answer is.
pub(in crate::api) fn refusal(answer: &str) -> Problem {
    reader::from_str(answer).unwrap_or_else(|error| unreadable(&error))
}

fn unwritten(error: &dyn ToString) -> Problem {
    Problem::from_server_fn_error(ServerFnErrorErr::Serialization(error.to_string()))
}

fn unreadable(error: &reader::Unreadable) -> Problem {
    Problem::from_server_fn_error(ServerFnErrorErr::Response(error.to_string()))
}

/// Sends a question.
pub(super) fn send(path: String, question: Result<Question, Problem>) -> Answer {
    Box::pin(async move { exchange(&path, question?).await })
}

/// One request. What the server refuses is its problem.
pub(in crate::api) async fn exchange(path: &str, question: Question) -> Result<String, Problem> {
    let request: BrowserRequest = match question {
        Question::Get(query) => {
            ClientReq::<Problem>::try_new_get(path, GetUrl::CONTENT_TYPE, ACCEPTED, &query)
        }
        Question::Post(media_type, body) => {
            ClientReq::<Problem>::try_new_post(path, media_type, ACCEPTED, body)
        }
    }?;
    let answer = <BrowserClient as Client<Problem>>::send(request).await?;
    let is_refused = (400..=599).contains(&ClientRes::<Problem>::status(&answer));
    let text = ClientRes::<Problem>::try_into_string(answer).await?;
    if is_refused {
        return Err(refusal(&text));
    }
    Ok(text)
}
