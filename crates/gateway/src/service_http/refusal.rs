//! What an endpoint gives when it did not do what was asked: the error body of contract section 4.1.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use fleet::MethodError;
use fleet::monitor::QueryError;
use query::Problem;
use tracing::debug;
use twin::document::TwinError;
use wire::error_body::ErrorBody;
use wire::status::ErrorCode;

use super::answer::JSON;
use crate::authenticate::Denial;
use crate::hub::Hub;
use crate::session::Refusal;
use crate::status;

const ERROR_CODE: HeaderName = HeaderName::from_static("iothub-errorcode");

/// A refused request. It becomes a response in two steps: the endpoint's part is what went wrong; [`render`] adds what
/// only the hub knows.
#[derive(Debug, Clone)]
pub(super) struct Refused {
    refusal: Refusal,
    /// When the same can be asked again, where that is known.
    retry_after: Option<Duration>,
}

impl Refused {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            refusal: Refusal {
                code,
                message: message.into(),
            },
            retry_after: None,
        }
    }

    /// A malformed value in the request.
    pub(super) fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ArgumentInvalid, message)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(self.refusal.code.http_status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a refusal; other responses pass as they are.
pub(super) fn render(hub: &Hub, mut response: Response<Body>) -> Response<Body> {
    let Some(refused) = response.extensions_mut().remove::<Refused>() else {
        return response;
    };
    let Refused {
        refusal,
        retry_after,
    } = refused;
    let tracking_id = hub.tracking_id();
    debug!(
        code = refusal.code.name(),
        tracking.id = tracking_id,
        "A request was refused: {}",
        refusal.message
    );
    let body = ErrorBody {
        code: refusal.code,
        message: &refusal.message,
        tracking_id: &tracking_id,
        at: hub.now(),
    }
    .to_rest();
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
        .headers_mut()
        .insert(ERROR_CODE, HeaderValue::from_static(refusal.code.name()));
    if let Some(wait) = retry_after {
        let seconds = wait.as_millis().div_ceil(1_000);
        if let Ok(seconds) = HeaderValue::try_from(seconds.to_string()) {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
    }
    // The router has measured the empty body that stood here.
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(body.to_string());
    response
}

impl From<fleet::Error> for Refused {
    fn from(error: fleet::Error) -> Self {
        Self::new(status::of_request(&error), error.to_string())
    }
}

impl From<MethodError> for Refused {
    fn from(error: MethodError) -> Self {
        Self::new(status::of_method(&error), error.to_string())
    }
}

impl From<TwinError> for Refused {
    fn from(error: TwinError) -> Self {
        Self::new(ErrorCode::from(&error), error.to_string())
    }
}

impl From<Denial> for Refused {
    fn from(denial: Denial) -> Self {
        Self::new(status::of_denial(&denial), denial.to_string())
    }
}

impl From<QueryError> for Refused {
    fn from(error: QueryError) -> Self {
        let message = match &error {
            QueryError::Problems { problems, .. } => {
                let problems: Vec<_> = problems.iter().map(in_words).collect();
                format!(
                    "SQL query parse failed due to following errors: {}",
                    problems.join(" ")
                )
            }
            other => other.to_string(),
        };
        let retry_after = match &error {
            QueryError::Building(building) => Some(building.retry_after()),
            _ => None,
        };
        Self {
            retry_after,
            ..Self::new(status::of_query(&error), message)
        }
    }
}

fn in_words(problem: &Problem) -> String {
    let place = problem.span.start + 1;
    let help = problem
        .help
        .as_deref()
        .map(|help| format!(" {help}"))
        .unwrap_or_default();
    format!("at {place}: {}{help}", problem.message)
}

#[cfg(test)]
mod tests {
    use fleet::monitor::Building;

    use super::*;

    #[test]
    fn a_query_that_comes_too_early_says_when_to_come_again() {
        let building = Building {
            done: 400_000,
            total: 1_000_000,
            elapsed: Duration::from_secs(4),
        };
        let refused = Refused::from(QueryError::Building(building));
        assert_eq!(refused.refusal.code, ErrorCode::ServiceUnavailable);
        assert_eq!(
            refused.refusal.message,
            "The index is being built: 400000 of 1000000 devices read."
        );
        assert_eq!(refused.retry_after, Some(Duration::from_secs(6)));
        assert_eq!(Refused::from(QueryError::Busy).retry_after, None);
    }
}
