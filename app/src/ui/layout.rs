//! What heads a page and its sections.

use crate::prelude::*;

/// The head of a page: its name, the facts under it, its buttons.
#[component]
pub fn PageHead(
    /// The name of the page.
    #[prop(optional, into)]
    title: ViewFn,
    /// Facts in one line under the name.
    #[prop(optional, into)]
    facts: Option<ViewFn>,
    /// At most three buttons, the primary one last.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="page-head">
            <div class="title">
                <h1>{move || title.run()}</h1>
                {facts.map(|facts| view! { <p class="facts">{facts.run()}</p> })}
            </div>
            {children.map(|children| view! { <div class="btns">{children()}</div> })}
        </div>
    }
}

/// A page that begins with a sentence: its name is spoken, the sentence is seen.
#[component]
pub fn Headline(
    /// The name of the page, for screen readers and outlines.
    #[prop(into)]
    title: String,
    /// At most three buttons beside the sentence.
    #[prop(optional, into)]
    buttons: Option<ViewFn>,
    /// The sentence: at most thirty words, figures bold, each a link to its query.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="page-head">
            <div class="title">
                <h1 class="sr">{title}</h1>
                <p class="headline">{children()}</p>
            </div>
            {buttons.map(|buttons| view! { <div class="btns">{buttons.run()}</div> })}
        </div>
    }
}

/// A section under a heavy rule.
#[component]
pub fn Section(
    /// Unique on its page; names the heading.
    #[prop(into)]
    id: String,
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// A few words beside the heading.
    #[prop(optional, into)]
    note: Signal<String>,
    /// What stands at the end of the heading's line.
    #[prop(optional, into)]
    end: Option<ViewFn>,
    /// Its width in twelfths, on the page of parts.
    #[prop(optional)]
    width: Option<&'static str>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let heading = format!("h-{id}");
    let labelled_by = heading.clone();
    view! {
        <section class="section" id=id aria-labelledby=labelled_by data-w=width>
            <header>
                <h2 id=heading>{move || title.get()}</h2>
                <span class="note">{move || note.get()}</span>
                {end.map(|end| view! { <span class="end">{end.run()}</span> })}
            </header>
            {children()}
        </section>
    }
}
