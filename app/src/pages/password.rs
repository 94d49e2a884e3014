//! The page on which a person chooses a password: one plain form, posted to the server without any script. Whoever got
//! a password that was made up comes here first, and nowhere else before.

use leptos_router::{LazyRoute, lazy_route};

use crate::prelude::*;
use crate::router::use_query_map;
use crate::routes::Address;
use crate::shell::use_who;
use crate::ui::{Brand, Button, Is, Kind, LinkButton, Notice, TextInput};

/// The current password and the new one twice, and why the last try failed (`?problem=…`).
#[derive(Debug)]
pub struct ChoosePasswordPage;

#[lazy_route]
impl LazyRoute for ChoosePasswordPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ChoosePasswordPage = this;
        let who = use_who();
        let query = use_query_map();
        let problem = move || {
            let problem = query.with(|query| query.get("problem"));
            problem.map(|problem| sentence(&problem))
        };
        let next = move || query.with(|query| query.get("next")).unwrap_or_default();
        let must_choose = who.must_choose;
        let name = who.name.unwrap_or_default();
        let account = name.clone();
        view! {
            <Title text="Your password" />
            <div class="door">
                <main>
                    <p class="brand"><Brand /> "Tandem"</p>
                    <form method="post" action="/session/password">
                        <h1>{if must_choose { "Choose a password" } else { "Your password" }}</h1>
                        {must_choose
                            .then(|| {
                                view! {
                                    <Notice is=Is::Desired>
                                        "The password that you signed in with was made up for you, and somebody else has seen it. Choose one that only you know."
                                    </Notice>
                                }
                            })}
                        {move || problem().map(|sentence| view! { <Notice is=Is::Fault>{sentence}</Notice> })}
                        <input type="hidden" name="next" value=next />
                        <input type="text" name="name" value=account autocomplete="username" hidden="" readonly="" aria-label="Name" />
                        <TextInput id="current" name="current" label="Current password" kind="password" autocomplete="current-password" />
                        <TextInput
                            id="new"
                            name="new"
                            label="New password"
                            hint="At least 10 characters. Every other session of yours ends."
                            kind="password"
                            autocomplete="new-password"
                        />
                        <TextInput id="again" name="again" label="New password again" kind="password" autocomplete="new-password" />
                        <div class="btns">
                            <Button kind=Kind::Primary submit=true>"Change password"</Button>
                            {(!must_choose)
                                .then(|| {
                                    view! { <LinkButton kind=Kind::Quiet href=Address::Overview.href()>"Back to the fleet"</LinkButton> }
                                })}
                        </div>
                    </form>
                    <form method="post" action="/session/end">
                        <div class="btns"><Button kind=Kind::Quiet submit=true>"Sign out"</Button></div>
                    </form>
                    <p class="about">"Signed in as " {name} " · " {who.host_name} " · " {who.environment}</p>
                </main>
            </div>
        }
    }
}

/// What the last try ended with, and what to do.
fn sentence(problem: &str) -> &'static str {
    match problem {
        "differ" => "The two new passwords are not the same. Write the new one twice.",
        "same" => "The new password is the current one. Choose another.",
        "short" => "The new password is too short: it needs at least 10 characters.",
        "long" => "The new password is too long. Choose a shorter one.",
        "throttled" => "There were too many tries. Wait a minute, then try again.",
        "unavailable" => {
            "The server is busy. Your password was not changed; try again in a moment."
        }
        _ => "The current password is not right.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_says_what_to_do() {
        for problem in [
            "differ",
            "same",
            "short",
            "long",
            "throttled",
            "unavailable",
            "wrong",
        ] {
            assert!(sentence(problem).ends_with('.'));
        }
        assert_ne!(sentence("differ"), sentence("wrong"));
    }
}
