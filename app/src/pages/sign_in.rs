//! The page that lets people in: one plain form, posted to the server without any script.

use leptos_router::{LazyRoute, lazy_route};

use crate::prelude::*;
use crate::router::use_query_map;
use crate::shell::use_who;
use crate::ui::{Brand, Button, Is, Kind, Notice, TextInput};

/// Name and password, and why the last try failed (`?problem=wrong|throttled`).
#[derive(Debug)]
pub struct SignInPage;

#[lazy_route]
impl LazyRoute for SignInPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let SignInPage = this;
        let who = use_who();
        let query = use_query_map();
        let problem = move || {
            query
                .with(|query| query.get("problem"))
                .map(|problem| sentence(&problem))
        };
        let next = move || query.with(|query| query.get("next")).unwrap_or_default();
        view! {
            <Title text="Sign in" />
            <div class="door">
                <main>
                    <p class="brand"><Brand /> "Tandem"</p>
                    <form method="post" action="/session">
                        <h1>"Sign in"</h1>
                        {move || problem().map(|sentence| view! { <Notice is=Is::Fault>{sentence}</Notice> })}
                        <input type="hidden" name="next" value=next />
                        <TextInput id="name" name="name" label="Name" autocomplete="username" />
                        <TextInput id="password" name="password" label="Password" kind="password" autocomplete="current-password" />
                        <div class="btns"><Button kind=Kind::Primary submit=true>"Sign in"</Button></div>
                    </form>
                    <p class="about">{who.host_name} " · " {who.environment} " · Tandem " {who.version}</p>
                </main>
            </div>
        }
    }
}

/// What the last try ended with, and what to do.
fn sentence(problem: &str) -> &'static str {
    match problem {
        "throttled" => "There were too many tries. Wait a minute, then try again.",
        _ => "The name or the password is not right. An administrator can set a new password.",
    }
}
