//! What an endpoint gives when it did what was asked.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use twin::Value;

/// Clients parse a body only when its type says so (contract section 4.1).
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A successful answer.
#[derive(Debug)]
pub(super) struct Answer {
    body: Option<Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn json(body: Value) -> Self {
        Self {
            body: Some(body),
            headers: vec![(CONTENT_TYPE, JSON)],
        }
    }

    /// 204.
    pub(super) fn empty() -> Self {
        Self {
            body: None,
            headers: Vec::new(),
        }
    }

    /// With the etag of what is in the body.
    pub(super) fn etag(self, etag: &str) -> Self {
        self.header(ETAG, &format!("\"{etag}\""))
    }

    /// With a header, unless its value cannot be one.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response<Body> {
        let (status, body) = match self.body {
            Some(body) => (StatusCode::OK, Body::from(body.to_string())),
            None => (StatusCode::NO_CONTENT, Body::empty()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().extend(self.headers);
        response
    }
}
