//! What each request passes before a handler sees it: a name for it, the Origin check, the session.

use std::fmt::Write as _;

use app::api::{MustChoose, RequestId};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use fleet::access::Principal;
use tracing::Instrument;

use super::{Console, session};

/// Admits a request.
///
/// A changing request must come from one of our own pages. A page other than sign-in needs a session;
/// without one the person is sent to sign in and then back. Server functions answer for themselves.
pub(super) async fn admit(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request_id(&console);
    let route = request.uri().path().to_owned();
    let span = tracing::info_span!("http", request.id = %id, route = %route);
    if !is_safe(request.method()) && !is_same_origin(request.headers()) {
        tracing::warn!(parent: &span, "Refused a request that came from another site.");
        return (
            StatusCode::FORBIDDEN,
            "this request came from another site\n",
        )
            .into_response();
    }
    let session = match session::token(request.headers()) {
        Some(token) => match console.fleet.access().session(token).await {
            Ok(session) => session,
            Err(error) => {
                tracing::error!(parent: &span, error = &error as &dyn std::error::Error, "The session could not be read.");
                return (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the store does not answer; try again in a moment\n",
                )
                    .into_response();
            }
        },
        None => None,
    };
    match session {
        // Whoever must choose a password does that and nothing else.
        Some(session) if session.is_confined() && !is_for_choosing(&route) => {
            if route == "/live" || route.starts_with("/api/") {
                return (StatusCode::FORBIDDEN, "choose a password first\n").into_response();
            }
            let asked = request.uri().path_and_query().map_or("/", |p| p.as_str());
            let next = session::percent_encode(asked);
            return Redirect::to(&format!("/password?next={next}")).into_response();
        }
        Some(session) => {
            if session.is_confined() {
                request.extensions_mut().insert(MustChoose);
            }
            request
                .extensions_mut()
                .insert::<Principal>(session.principal());
        }
        None if needs_session(&route) => {
            let asked = request.uri().path_and_query().map_or("/", |p| p.as_str());
            // Who asks for the first page asks for no page in particular: their role says where they begin.
            let sign_in = match asked {
                "/" => "/sign-in".to_owned(),
                asked => format!("/sign-in?next={}", session::percent_encode(asked)),
            };
            return Redirect::to(&sign_in).into_response();
        }
        None => {}
    }
    request.extensions_mut().insert(RequestId(id));
    next.run(request).instrument(span).await
}

/// A name for a request, for the log and for the person who reports a problem.
fn request_id(console: &Console) -> String {
    let mut bytes = [0; 6];
    console.rng.fill(&mut bytes);
    bytes
        .iter()
        .fold(String::with_capacity(12), |mut id, byte| {
            _ = write!(id, "{byte:02x}");
            id
        })
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a route is open to a person who must choose a password: the page, its form, and the way out.
fn is_for_choosing(route: &str) -> bool {
    matches!(
        route,
        "/password"
            | "/session/password"
            | "/session/end"
            | "/session"
            | "/sign-in"
            | "/api/whoami"
    )
}

fn needs_session(route: &str) -> bool {
    route != "/sign-in"
        && route != "/live"
        && !route.starts_with("/session")
        && !route.starts_with("/api/")
}

/// Whether a request comes from this very site: browsers say so in `Sec-Fetch-Site`, older ones only
/// name the `Origin`. A request with neither is no browser's and carries no ambient cookie.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (
        text("origin"),
        headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok()),
    ) {
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority == host),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_change_things() {
        assert!(is_same_origin(&headers(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://x"),
            ("host", "y")
        ])));
        assert!(!is_same_origin(&headers(&[(
            "sec-fetch-site",
            "cross-site"
        )])));
        assert!(!is_same_origin(&headers(&[(
            "sec-fetch-site",
            "same-site"
        )])));
        assert!(is_same_origin(&headers(&[
            ("origin", "http://a:3000"),
            ("host", "a:3000")
        ])));
        assert!(!is_same_origin(&headers(&[
            ("origin", "http://b:3000"),
            ("host", "a:3000")
        ])));
        assert!(!is_same_origin(&headers(&[
            ("origin", "null"),
            ("host", "a:3000")
        ])));
        assert!(is_same_origin(&headers(&[("host", "a:3000")])));
    }

    #[test]
    fn whoever_must_choose_a_password_reaches_nothing_else() {
        assert!(is_for_choosing("/password") && is_for_choosing("/session/end"));
        for route in [
            "/",
            "/devices",
            "/live",
            "/api/overview",
            "/api/settings/people",
            "/settings",
        ] {
            assert!(!is_for_choosing(route), "{route}");
        }
    }

    #[test]
    fn pages_need_a_session() {
        assert!(needs_session("/"));
        assert!(needs_session("/devices/x"));
        assert!(!needs_session("/sign-in"));
        assert!(!needs_session("/api/overview"));
    }
}
