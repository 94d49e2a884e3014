//! The one error type that the browser sees.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use reader::Read;
use serde::{Deserialize, Serialize};

/// What went wrong, said for the person in front of the screen.
///
/// The sentence never contains statements, paths or type names; whoever operates the server finds those in the
/// log under the request id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, Read)]
#[error("{sentence}")]
pub struct Problem {
    /// What kind of problem, for code that decides.
    pub code: Code,
    /// What happened and what to do, as one or two sentences.
    pub sentence: String,
    /// The form field at fault.
    pub field: Option<String>,
    /// The request, as the server's log names it.
    pub request: Option<String>,
}

/// The kinds of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// There is no session, or it has ended. Sign in again.
    SignedOut,
    /// The person's role does not allow it.
    Forbidden,
    /// It does not exist, or no longer does.
    NotFound,
    /// Somebody changed it first. Compare, then try again.
    Conflict,
    /// What was sent is malformed; the sentence says how to mend it.
    Invalid,
    /// The device is not connected.
    Offline,
    /// The device was asked and did not answer in time.
    NoAnswer,
    /// The server could not do it now; nothing was changed. Try again.
    Unavailable,
    /// The server did not answer, or not in a way this page understands.
    Transport,
}

impl Code {
    /// The HTTP status that carries this kind.
    pub const fn status(self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 412,
            Self::Invalid => 422,
            Self::Offline => 409,
            Self::NoAnswer => 504,
            Self::Unavailable => 503,
            Self::Transport => 500,
        }
    }

    /// Whether trying the same again may help.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::NoAnswer | Self::Unavailable | Self::Transport)
    }
}

impl Problem {
    /// A problem of that kind.
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            field: None,
            request: None,
        }
    }

    /// The same, at a field of a form.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl FromServerFnError for Problem {
    type Encoder = super::JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::new(
                Code::Invalid,
                "The server could not read what this page sent. Reload the page, then try again.",
            ),
            // A change may have been made before the answer was lost.
            _ => Self::new(
                Code::Transport,
                "The server did not answer. What you see may be old: look again before you repeat a change.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Code; 9] = [
        Code::SignedOut,
        Code::Forbidden,
        Code::NotFound,
        Code::Conflict,
        Code::Invalid,
        Code::Offline,
        Code::NoAnswer,
        Code::Unavailable,
        Code::Transport,
    ];

    #[test]
    fn every_kind_is_an_http_error_and_survives_the_wire() {
        for code in ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            let problem = Problem::new(code, "Words.").at("name");
            let text = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem);
        }
    }

    #[test]
    fn what_the_framework_says_does_not_reach_the_person() {
        let raw = ServerFnErrorErr::ServerError("SELECT * FROM twin at /var/lib".into());
        let problem = Problem::from_server_fn_error(raw);
        assert!(!problem.sentence.contains("SELECT") && !problem.sentence.contains("/var"));
        assert_eq!(problem.code, Code::Transport);
        let cut = ServerFnErrorErr::Deserialization("expected value at line 1".into());
        assert_eq!(Problem::from_server_fn_error(cut).code, Code::Transport);
    }
}
