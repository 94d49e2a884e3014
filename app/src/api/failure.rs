//! What the fleet's refusals become for a person: one function for each set, with an exhaustive match.
//!
//! Failures of the server itself are logged here, once, with their causes.

use fleet::access::Denied;
use fleet::monitor::QueryError;

use super::{Code, Problem, refuse};
use crate::format;

impl From<fleet::Error> for Problem {
    fn from(error: fleet::Error) -> Self {
        refuse(problem_of(&error))
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        refuse(Self::new(Code::Forbidden, denied.to_string()))
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        refuse(problem_of_query(&error))
    }
}

/// The problem of a question.
fn problem_of_query(error: &QueryError) -> Problem {
    match error {
        QueryError::Problems { .. }
        | QueryError::TooLong { .. }
        | QueryError::Empty
        | QueryError::TooManyGroups { .. } => {
            Problem::new(Code::Invalid, error.to_string()).at("q")
        }
        QueryError::Continuation => Problem::new(
            Code::Invalid,
            "This place in the list is no longer known. Begin at the first page.",
        )
        .at("after"),
        QueryError::Denied(denied) => Problem::new(Code::Forbidden, denied.to_string()),
        QueryError::Building(building) => Problem::new(
            Code::Unavailable,
            format!(
                "The index is being built: {} of {} devices read. Try again in a moment.",
                format::count(building.done),
                format::count(building.total)
            ),
        ),
        QueryError::Cancelled => Problem::new(
            Code::Unavailable,
            "Reading documents was cancelled. Nothing was changed.",
        ),
        QueryError::Busy => busy(),
        QueryError::Unavailable(_) => unavailable(error),
    }
}

fn busy() -> Problem {
    Problem::new(
        Code::Unavailable,
        "The server is busy. Nothing was changed; try again in a moment.",
    )
}

fn unavailable(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error, "The console could not read or write the store.");
    Problem::new(
        Code::Unavailable,
        "The store did not answer. Nothing was changed; devices keep reporting.",
    )
}

/// The problem of an error.
pub(super) fn problem_of(error: &fleet::Error) -> Problem {
    use fleet::Error;
    match error {
        Error::NotFound { what, name } => Problem::new(
            Code::NotFound,
            format!("There is no {} “{name}”.", what.to_lowercase()),
        ),
        Error::Exists { what, name } => Problem::new(
            Code::Conflict,
            format!(
                "There is already a {} “{name}”. Choose another name.",
                what.to_lowercase()
            ),
        ),
        Error::PreconditionFailed => Problem::new(
            Code::Conflict,
            "Somebody changed it since you opened it. Your text is kept: compare, then save again.",
        ),
        Error::Invalid(sentence) => Problem::new(Code::Invalid, sentence.clone()),
        Error::Twin(error) => Problem::new(Code::Invalid, error.to_string()),
        Error::Denied(denied) => Problem::new(Code::Forbidden, denied.to_string()),
        Error::Busy => busy(),
        Error::Unavailable(_) => unavailable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sentence_names_what_is_inside() {
        let problem = problem_of(&fleet::Error::Unavailable(store::Error::Corrupt {
            table: "twin",
            column: "document",
            key: "/var/lib/x".into(),
        }));
        for word in ["twin", "document", "/var", "SELECT", "Error"] {
            assert!(!problem.sentence.contains(word), "{}", problem.sentence);
        }
        assert_eq!(problem.code, Code::Unavailable);
    }

    #[test]
    fn a_question_that_comes_too_early_is_told_how_far_the_index_is() {
        let building = fleet::monitor::Building {
            done: 430_000,
            total: 1_000_000,
            elapsed: std::time::Duration::from_secs(4),
        };
        let problem = problem_of_query(&QueryError::Building(building));
        assert!(problem.sentence.contains("430,000 of 1,000,000 devices"));
        assert!(problem.code.is_passing());
    }

    #[test]
    fn each_refusal_has_a_kind_that_says_what_to_do() {
        let name = |what| (what, "am4".to_owned());
        let (what, of) = name("Device");
        let cases = [
            (
                fleet::Error::NotFound {
                    what,
                    name: of.clone(),
                },
                Code::NotFound,
            ),
            (fleet::Error::Exists { what, name: of }, Code::Conflict),
            (fleet::Error::PreconditionFailed, Code::Conflict),
            (fleet::Error::Invalid("A rule.".into()), Code::Invalid),
            (fleet::Error::Busy, Code::Unavailable),
        ];
        for (error, code) in cases {
            let problem = problem_of(&error);
            assert_eq!(problem.code, code);
            assert!(problem.sentence.ends_with('.'), "{}", problem.sentence);
        }
    }
}
