//! What the server writes, through `view!` as pages use it.

use leptos::prelude::*;

/// An owner of signals for as long as it lives.
fn owner() -> Owner {
    let owner = Owner::new();
    owner.set();
    owner
}

/// A view as the server writes it.
fn html<T: RenderHtml>(view: impl FnOnce() -> T) -> String {
    Owner::new().with(|| view().to_html())
}

/// A view as the server writes it when it waits for all that the view waits for.
fn settled<T: RenderHtml>(view: impl FnOnce() -> T) -> String {
    let owner = Owner::new();
    let view = owner.with(view);
    owner.with(|| futures::executor::block_on(view.resolve()).to_html())
}

/// A view as the server streams it.
fn streamed<T: RenderHtml>(view: impl FnOnce() -> T) -> String {
    use futures::StreamExt as _;

    let owner = Owner::new();
    let stream = owner.with(|| view().to_html_stream_in_order());
    futures::executor::block_on(stream.collect())
}

#[test]
fn texts_and_values_are_escaped() {
    let text = "<b>&".to_owned();
    let title = "\"a\" & b".to_owned();
    assert_eq!(
        html(|| view! { <p title=title>{text}</p> }),
        "<p title=\"&quot;a&quot; &amp; b\">&lt;b&gt;&amp;</p>"
    );
}

#[test]
fn void_elements_are_not_closed_and_scripts_are_not_escaped() {
    let name = "a".to_owned();
    assert_eq!(
        html(|| view! { <div><input name=name/><hr/></div> }),
        "<div><input name=\"a\"><hr></div>"
    );
    let script = "a < b && c".to_owned();
    assert_eq!(
        html(|| view! { <script>{script}</script> }),
        "<script>a < b && c</script>"
    );
}

#[test]
fn what_stands_in_a_textarea_is_text_whatever_it_says() {
    let written = "<textarea name=\"q\">&lt;/textarea&gt;&lt;b&gt; &amp;amp; a</textarea>";
    let said = || "</textarea><b> &amp; a".to_owned();
    assert_eq!(
        html(|| view! { <textarea name="q">{said()}</textarea> }),
        written
    );
    assert_eq!(
        settled(|| view! { <textarea name="q">{move || said()}</textarea> }),
        written
    );
    assert_eq!(
        streamed(|| view! { <textarea name="q">{said()}</textarea> }),
        written
    );
    assert_eq!(
        html(|| view! { <textarea>{String::new()}</textarea> }),
        "<textarea></textarea>"
    );
}

#[test]
fn an_attribute_is_there_with_a_value_without_one_or_not() {
    let none = None::<String>;
    assert_eq!(
        html(|| view! { <input disabled=true required=false value=none data-n=3 alt="" checked/> }),
        "<input disabled data-n=\"3\" alt=\"\" checked>"
    );
    let some = Some("x".to_owned());
    assert_eq!(
        html(|| view! { <a aria-label=some href=move || Some("y")></a> }),
        "<a aria-label=\"x\" href=\"y\"></a>"
    );
}

#[test]
fn classes_and_styles_are_gathered() {
    let _owner = owner();
    let is_open = RwSignal::new(true);
    assert_eq!(
        html(|| view! { <i class:open=move || is_open.get() class:shut=false class="a b"></i> }),
        "<i class=\"a b open\"></i>"
    );
    let none = || None::<&str>;
    assert_eq!(
        html(|| view! { <i style:--at=|| "3px" class=none></i> }),
        "<i style=\"--at:3px;\"></i>"
    );
}

#[test]
fn what_only_browsers_have_is_not_written() {
    let _owner = owner();
    let node = NodeRef::<leptos::html::Input>::new();
    assert_eq!(
        html(|| view! { <input node_ref=node prop:value="a" on:input=|_| {}/> }),
        "<input>"
    );
}

#[test]
fn texts_that_follow_each_other_stay_apart() {
    let (one, two) = ("a".to_owned(), 2_u32);
    assert_eq!(
        html(|| view! { <p>{one}{two} "c" <b>"d"</b> "e"</p> }),
        "<p>a<!>2<!>c<b>d</b>e</p>"
    );
}

#[test]
fn nothing_and_lists_keep_their_place() {
    let list: Vec<_> = ["a", "b"].map(|word| view! { <li>{word}</li> }).into();
    assert_eq!(
        html(|| view! { <ul>{None::<AnyView>}{list}</ul> }),
        "<ul><!><li>a</li><li>b</li><!></ul>"
    );
}

#[test]
fn closures_and_signals_are_written_as_they_are() {
    let _owner = owner();
    let count = RwSignal::new(3);
    let word = Memo::new(move |_| format!("{} times", count.get()));
    let expected = "<p data-n=\"4\">4<!> <!>4 times<b></b></p>";
    let shown = move || {
        let inner = move || (count.get() > 3).then(|| view! { <b></b> });
        view! { <p data-n=count>{count} " " {word}{inner}</p> }
    };
    count.set(4);
    assert_eq!(html(shown), expected);
    assert_eq!(settled(shown), expected);
    assert_eq!(streamed(shown), expected);
}

#[test]
fn what_is_waited_for_is_written_when_it_is_there() {
    let shown = || {
        view! { <p>{move || Suspend::new(async { view! { <b>"here"</b> } })}</p> }
    };
    assert_eq!(settled(shown), "<p><b>here</b></p>");
    assert_eq!(streamed(shown), "<p><b>here</b></p>");
}

#[test]
fn a_component_takes_what_is_spread_on_it() {
    #[component]
    fn Word() -> impl IntoView {
        view! { <b class="a">"x"</b> }
    }

    assert_eq!(
        html(|| view! { <p><Word attr:title="t" class:b=true/></p> }),
        "<p><b title=\"t\" class=\"a b\">x</b></p>"
    );
}

#[test]
fn elements_of_svg_are_among_those_of_html() {
    let to = "#a".to_owned();
    assert_eq!(
        html(|| view! { <svg viewBox="0 0 1 1"><use href=to></use><path d="M0 0"></path></svg> }),
        "<svg viewBox=\"0 0 1 1\"><use href=\"#a\"></use><path d=\"M0 0\"></path></svg>"
    );
}

#[test]
fn nothing_is_wrapped_twice() {
    let view = view! { <p></p> };
    let id = view.as_type_id();
    assert_eq!(view.into_any().into_any().as_type_id(), id);
}

#[test]
fn a_signal_is_read_written_and_followed() {
    let _owner = owner();
    let count = RwSignal::new(1_u32);
    let double = Memo::new(move |_| count.get() * 2);
    let told: Signal<String> =
        Signal::derive(move || format!("{} of {}", count.get(), double.get()));
    assert_eq!(told.get_untracked(), "1 of 2");
    count.set(3);
    count.update(|count| *count += 1);
    assert_eq!(
        count.try_update(|count| std::mem::replace(count, 5)),
        Some(4)
    );
    assert_eq!(
        (double.get_untracked(), told.get_untracked()),
        (10, "5 of 10".to_owned())
    );
    assert_eq!(
        Signal::<u32>::from(double).with_untracked(|double| *double),
        10
    );
    assert_eq!(Signal::<String>::from("fixed").get_untracked(), "fixed");
}

#[test]
fn a_memo_knows_what_it_was_and_is_heard_of_when_it_is_another() {
    let _owner = owner();
    let number = RwSignal::new(1);
    let is_odd = Memo::new(move |_| number.get() % 2 == 1);
    let changes = Memo::new(move |before: Option<&u32>| {
        is_odd.track();
        before.map_or(0, |before| before + 1)
    });
    assert_eq!(changes.get_untracked(), 0);
    number.set(3);
    assert_eq!(changes.get_untracked(), 0);
    number.set(4);
    assert_eq!(changes.get_untracked(), 1);
}

#[test]
fn what_is_gone_is_not_read_and_takes_nothing() {
    let owner = owner();
    let inner = owner.child();
    let (number, kept) = inner.with(|| (RwSignal::new(1), StoredValue::new("a".to_owned())));
    let shared = ArcRwSignal::from(number);
    assert_eq!(kept.with_value(String::len), 1);
    inner.cleanup();
    assert_eq!(number.try_get_untracked(), None);
    assert!(!number.try_set(2) && !kept.try_set_value(String::new()));
    assert_eq!(kept.try_get_value(), None);
    assert_eq!(number.try_update(|number| *number), None);
    shared.set(7);
    assert_eq!(RwSignal::from(shared).get_untracked(), 7);
}

#[test]
fn what_is_shown_lives_on_until_something_else_is_shown() {
    let page = owner();
    let shown = |closure: &Owner| {
        let (tell, told) = std::sync::mpsc::channel();
        let waiting = closure.with(|| {
            Suspend::new(async move {
                let number = RwSignal::new(1);
                let _ = tell.send(number);
                view! { <p>{number}</p> }
            })
        });
        let view = futures::executor::block_on(waiting.into_render().settled());
        (view, told.recv().expect("a signal"))
    };
    let closure = page.child();
    let (first, number) = shown(&closure);
    closure.cleanup();
    assert_eq!(number.try_get_untracked(), Some(1));
    let (second, other) = shown(&closure);
    drop(first);
    assert_eq!(number.try_get_untracked(), None);
    assert_eq!(other.try_get_untracked(), Some(1));
    page.cleanup();
    assert_eq!(other.try_get_untracked(), None);
    drop(second);
}
