//! Signing in and out: a plain form, before and without WebAssembly.

use axum::Form;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use fleet::access::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Principal, Role, SignInError};
use serde::Deserialize;

use super::{Console, Peer};

/// The session cookie. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`.
const COOKIE: &str = "__Host-tandem";

#[derive(Deserialize)]
pub(super) struct SignIn {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `POST /session`.
pub(super) async fn sign_in(
    State(console): State<Console>,
    ConnectInfo(Peer(from)): ConnectInfo<Peer>,
    Form(form): Form<SignIn>,
) -> Response {
    let next = local_path(&form.next);
    match console
        .fleet
        .access()
        .sign_in(&form.name, &form.password, from.ip())
        .await
    {
        Ok(signed_in) => {
            let cookie = format!(
                "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax",
                signed_in.token
            );
            let landing = if form.next.is_empty() {
                first_page(signed_in.session.person.role)
            } else {
                next
            };
            ([(header::SET_COOKIE, cookie)], Redirect::to(landing)).into_response()
        }
        Err(error) => {
            let problem = match error {
                SignInError::Throttled { .. } => "throttled",
                SignInError::Wrong => "wrong",
                SignInError::Unavailable { .. } => "unavailable",
            };
            Redirect::to(&format!(
                "/sign-in?problem={problem}&next={}",
                percent_encode(if form.next.is_empty() { "" } else { next })
            ))
            .into_response()
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Choice {
    current: String,
    new: String,
    again: String,
    #[serde(default)]
    next: String,
}

/// `POST /session/password`: another password for whoever is signed in. It ends every session of the person; this
/// browser gets a new one.
pub(super) async fn choose_password(
    State(console): State<Console>,
    ConnectInfo(Peer(from)): ConnectInfo<Peer>,
    principal: Option<Extension<Principal>>,
    Form(form): Form<Choice>,
) -> Response {
    let Some(Extension(principal @ Principal::Person { .. })) = principal else {
        return Redirect::to("/sign-in?next=/password").into_response();
    };
    let next = local_path(&form.next);
    let back = |problem: &str| {
        let next = percent_encode(next);
        Redirect::to(&format!("/password?problem={problem}&next={next}")).into_response()
    };
    if let Some(problem) = unfit(&form) {
        return back(problem);
    }
    let access = console.fleet.access();
    let changed = access
        .change_own_password(&principal, form.current, form.new.clone())
        .await;
    match changed {
        Ok(()) => {}
        Err(fleet::Error::Invalid(_)) => return back("wrong"),
        Err(fleet::Error::Busy) => return back("throttled"),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A password could not be changed."
            );
            return back("unavailable");
        }
    }
    let Principal::Person { name, .. } = principal else {
        return Redirect::to("/sign-in").into_response();
    };
    match access.sign_in(&name, &form.new, from.ip()).await {
        Ok(signed_in) => {
            let cookie = format!(
                "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax",
                signed_in.token
            );
            ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response()
        }
        // The password is changed; whoever is held up here signs in with it.
        Err(_) => Redirect::to("/sign-in").into_response(),
    }
}

/// What is wrong with a new password before anything is asked of the store.
fn unfit(form: &Choice) -> Option<&'static str> {
    if form.new != form.again {
        Some("differ")
    } else if form.new == form.current {
        Some("same")
    } else if form.new.chars().count() < PASSWORD_CHARS_MIN {
        Some("short")
    } else {
        (form.new.len() > PASSWORD_BYTES_MAX).then_some("long")
    }
}

/// `POST /session/end`.
pub(super) async fn sign_out(State(console): State<Console>, headers: HeaderMap) -> Response {
    if let Some(token) = token(&headers)
        && let Err(error) = console.fleet.access().sign_out(token).await
    {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "A session could not be ended."
        );
        let sentence = "you are still signed in; try again in a moment\n";
        return (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response();
    }
    let gone = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    ([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response()
}

/// The session token that a request carries.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .find_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Where a person begins who asked for no page: a supervisor with the report, others with the fleet as it is.
fn first_page(role: Role) -> &'static str {
    match role {
        Role::Supervisor => "/reports",
        Role::Admin | Role::Operator => "/",
    }
}

/// A path on this site, or the first page: sign-in never leads elsewhere.
fn local_path(next: &str) -> &str {
    let is_local =
        next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if is_local { next } else { "/" }
}

/// Writes a path and query as one query value.
pub(super) fn percent_encode(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut out, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                    out.push(char::from(byte));
                }
                _ => {
                    use std::fmt::Write as _;
                    _ = write!(out, "%{byte:02X}");
                }
            }
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_never_leads_to_another_site() {
        assert_eq!(local_path("/devices?q=a"), "/devices?q=a");
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nset-cookie: x",
        ] {
            assert_eq!(local_path(bad), "/");
        }
    }

    #[test]
    fn an_unfit_password_is_named_before_anything_is_asked() {
        let unfit_of = |current: &str, new: &str, again: &str| {
            unfit(&Choice {
                current: current.to_owned(),
                new: new.to_owned(),
                again: again.to_owned(),
                next: String::new(),
            })
        };
        assert_eq!(
            unfit_of("a", "long enough 1", "long enough 2"),
            Some("differ")
        );
        assert_eq!(
            unfit_of("long enough", "long enough", "long enough"),
            Some("same")
        );
        assert_eq!(unfit_of("a", "short", "short"), Some("short"));
        let long = "x".repeat(PASSWORD_BYTES_MAX + 1);
        assert_eq!(unfit_of("a", &long, &long), Some("long"));
        assert_eq!(unfit_of("a", "long enough", "long enough"), None);
    }

    #[test]
    fn a_supervisor_begins_with_the_report() {
        let first = [Role::Supervisor, Role::Operator, Role::Admin].map(first_page);
        assert_eq!(first, ["/reports", "/", "/"]);
    }

    #[test]
    fn a_path_survives_as_a_query_value() {
        assert_eq!(
            percent_encode("/devices?q=a b&x=é"),
            "/devices%3Fq%3Da%20b%26x%3D%C3%A9"
        );
    }

    #[test]
    fn the_token_is_found_among_cookies() {
        let headers = HeaderMap::from_iter([(
            header::COOKIE,
            "theme=dark; __Host-tandem=abc".parse().unwrap(),
        )]);
        assert_eq!(token(&headers), Some("abc"));
    }
}
