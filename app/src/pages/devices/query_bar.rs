//! The query bar: the text of the condition over its own coloring, completion while typing, and the answer.
//!
//! A plain form with a plain text area: without WebAssembly it posts the condition into the address and everything
//! works. With it, each key is parsed and completed here in the browser; `Tab` accepts, `Enter` runs, `Esc` closes.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::web_sys::HtmlTextAreaElement;
use query::{Completion, Problem, Schema};

use super::found::Found;
use super::paint::paint;
use super::problem::ConditionProblem;
use super::suggestions::{SHOWN_MAX, devices_suggestions};
use super::words;
use crate::api::devices::Listing;
use crate::language::Spoken;
use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::routes::{Address, Search};
use crate::shared::shared;
use crate::shell::use_key;
use crate::ui::{Button, Icon, Kind, Size, Symbol, later};

/// How long a person pauses before problems are underlined, in milliseconds.
const IDLE_MS: u64 = 400;

/// The bar; it says how many match the page that is shown.
#[component]
pub(super) fn QueryBar(search: Memo<Search>, found: Found, language: Spoken) -> impl IntoView {
    let text = RwSignal::new(search.with_untracked(|search| search.query.clone()));
    effect(move || text.set(search.with(|search| search.query.clone())));
    let caret = RwSignal::new(0_usize);
    let is_open = RwSignal::new(false);
    let chosen = RwSignal::new(0_usize);
    let area = NodeRef::<Textarea>::new();
    // A condition is colored, whoever wrote it.
    effect(move || {
        if !text.with(String::is_empty) {
            language.begin();
        }
    });
    // Paths, values and how common they are; asked for once, when the bar is first used.
    let is_used = RwSignal::new(false);
    let is_wanted = memo(move || is_used.get());
    let schema = RwSignal::new(None::<Schema>);
    effect(move || {
        if !is_wanted.get() {
            return;
        }
        language.begin();
        if let Some(language) = language.get() {
            leptos::task::spawn_local(async move {
                let known = (language.schema)().await;
                // What did not come is asked for again when the bar is next used.
                is_used.try_set(known.is_some());
                schema.try_set(known);
            });
        }
    });

    let completion = memo(move || {
        let language = language.get().filter(|_| is_open.get())?;
        let caret = caret.get();
        schema.with(|schema| text.with(|text| (language.complete)(text, caret, schema.as_ref()?)))
    });
    // Nothing is chosen from a list that nobody sees.
    let can_list = RwSignal::new(false);
    let options = memo(move || {
        if !can_list.get() {
            return 0;
        }
        completion.with(|completion| {
            completion
                .as_ref()
                .map_or(0, |c| c.items.len().min(SHOWN_MAX))
        })
    });
    let is_listed = memo(move || options.get() > 0);

    let navigate = use_navigate();
    let run = StoredValue::new(move || {
        is_open.set(false);
        let query = text.get_untracked();
        let to = Address::Devices(search.with_untracked(|search| search.with_query(query.trim())));
        navigate(&to.href(), NavigateOptions::default());
    });
    let accept = move |at: usize| {
        let Some((with, at)) = completion.with_untracked(|c| {
            c.as_ref()
                .and_then(|c| text.with_untracked(|text| insert(text, c, at)))
        }) else {
            return;
        };
        text.set(with);
        caret.set(at);
        chosen.set(0);
        place_caret(area, at);
    };
    let accepted = Callback::new(accept);
    let choose = move |steps: usize| {
        chosen.update(|chosen| *chosen = (*chosen + steps) % options.get_untracked());
    };
    let on_key = move |event: KeyboardEvent| {
        let is_listed = options.get_untracked() > 0;
        match event.key().as_str() {
            "ArrowDown" if is_listed => choose(1),
            "ArrowUp" if is_listed => choose(options.get_untracked() - 1),
            "Tab" if is_listed && !event.shift_key() => accept(chosen.get_untracked()),
            "Escape" if is_listed => is_open.set(false),
            "Enter" if !event.shift_key() => run.with_value(|run| run()),
            _ => return,
        }
        event.prevent_default();
    };
    let on_input = move |_| {
        is_used.set(true);
        is_open.set(true);
        chosen.set(0);
        if let Some(area) = area.get_untracked() {
            text.set(area.value());
            caret.set(caret_bytes(&area));
        }
    };
    let on_move = move |_: leptos::ev::MouseEvent| {
        if let Some(area) = area.get_untracked() {
            caret.set(caret_bytes(&area));
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        run.with_value(|run| run());
    };
    // The server read what is asked for; a browser does when the language is here.
    let asked = move || search.with(|search| search.query.clone());
    let first = shared(|| {
        untrack(|| problem_of(language, &asked(), None)).map(|problem| (asked(), problem))
    });
    let first = StoredValue::new(first);
    let read =
        move |text: &str| first.with_value(|first| problem_of(language, text, first.as_ref()));
    let is_alone = memo(move || read(&asked()).is_some());
    let problem = settled_problem(text, read);
    let mend = move |fixed: String| {
        text.set(fixed);
        run.with_value(|run| run());
    };
    // Where the word begins that is being completed: the suggestions stand under it.
    let word =
        memo(move || completion.with(|completion| completion.as_ref().map(|c| c.replace.start)));
    let painted = move || {
        let problem = problem.get();
        let bad = problem.as_ref().map(|problem| &problem.span);
        text.with(|text| paint(language.get(), text, bad, word.get()))
    };
    use_key("/", "Write a query", move || {
        if let Some(area) = area.get_untracked() {
            // Focus fails only for what is not in the document any more.
            let _ = area.focus();
        }
    });

    view! {
        <search class="query">
            <form class="box" method="get" action=Address::Devices(Search::default()).href() on:submit=on_submit>
                <Symbol icon=Icon::Search />
                {move || search.with(Search::kept).into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()}
                <div class="text">
                    <pre class="painted" aria-hidden="true" inner_html=painted></pre>
                    <textarea
                        node_ref=area
                        name="q"
                        rows="1"
                        role="combobox"
                        aria-label="Fleet query"
                        aria-autocomplete="list"
                        aria-controls="query-options"
                        aria-expanded=move || is_listed.get().to_string()
                        aria-activedescendant=move || is_listed.get().then(|| format!("query-option-{}", chosen.get()))
                        aria-describedby="query-problem"
                        aria-invalid=move || problem.get().map(|_| "true")
                        aria-keyshortcuts="/"
                        placeholder="tags.region = 'Holstein' AND IS_DRIFTING()"
                        spellcheck="false"
                        autocapitalize="none"
                        autocomplete="off"
                        prop:value=text
                        on:input=on_input
                        on:keydown=on_key
                        on:click=on_move
                        on:focus=move |_| is_used.set(true)
                        on:blur=move |_| is_open.set(false)
                    >
                        {search.with_untracked(|search| search.query.clone())}
                    </textarea>
                </div>
                <span class="answer" role="status">
                    <Transition fallback=|| ()>
                        {move || Suspend::new(async move {
                            match found.answer().await {
                                Ok(Listing::Page(page)) => Some(words::answer(page.total, &page.answered)),
                                Ok(Listing::Building(_) | Listing::Reading(_)) | Err(_) => None,
                            }
                        })}
                    </Transition>
                </span>
                <Button kind=Kind::Quiet size=Size::Small submit=true>"Run"</Button>
            </form>
            <ConditionProblem text=text problem=problem search=search is_alone=is_alone on_mend=mend />
            {later(
                move || is_wanted.get(),
                move || async move {
                    let list = devices_suggestions(area, completion, is_listed, chosen, accepted).await;
                    can_list.try_set(true);
                    list
                },
            )}
        </search>
    }
}

/// The first problem of a condition, when the language is here, or when it is the one that the server found one in.
fn problem_of(language: Spoken, text: &str, first: Option<&(String, Problem)>) -> Option<Problem> {
    match language.get() {
        Some(language) => (language.problem)(text),
        None => first
            .filter(|(of, _)| of == text)
            .map(|(_, problem)| problem.clone()),
    }
}

/// The first problem of the text, once typing has paused.
fn settled_problem(
    text: RwSignal<String>,
    read: impl Fn(&str) -> Option<Problem> + Send + Sync + 'static,
) -> Memo<Option<Problem>> {
    let settled = RwSignal::new(text.get_untracked());
    effect(move || {
        let now = text.get();
        let later = set_timeout_with_handle(
            move || {
                settled.try_set(now);
            },
            std::time::Duration::from_millis(IDLE_MS),
        );
        if let Ok(later) = later {
            on_cleanup(move || later.clear());
        }
    });
    memo(move || {
        // While it is typed on, an old problem is not shown at a new place.
        let settled = settled.get();
        (text.with(|text| *text == settled))
            .then(|| read(&settled))
            .flatten()
    })
}

/// The text with a suggestion taken, and where the caret stands then.
fn insert(text: &str, completion: &Completion, at: usize) -> Option<(String, usize)> {
    let item = completion.items.get(at)?;
    text.get(completion.replace.clone())?;
    let mut with = text.to_owned();
    with.replace_range(completion.replace.clone(), &item.insert);
    Some((with, completion.replace.start + item.insert.len()))
}

/// The caret of a text area in bytes of UTF-8; the browser counts UTF-16 units.
fn caret_bytes(area: &HtmlTextAreaElement) -> usize {
    let units = area.selection_end().ok().flatten().unwrap_or(0) as usize;
    let mut seen = 0;
    for (at, letter) in area.value().char_indices() {
        if seen >= units {
            return at;
        }
        seen += letter.len_utf16();
    }
    area.value().len()
}

/// Sets the caret once the new text is in the document.
fn place_caret(area: NodeRef<Textarea>, at: usize) {
    request_animation_frame(move || {
        if let Some(area) = area.get_untracked() {
            let units = area
                .value()
                .get(..at)
                .map_or(0, |text| text.encode_utf16().count());
            let units = u32::try_from(units).unwrap_or(0);
            // Fails only for an element that is not shown.
            let _ = area.set_selection_range(units, units);
            let _ = area.focus();
        }
    });
}
