//! The names of elements and attributes, as `view!` calls them.

use crate::attribute::Kind;
use crate::content::Give;
use crate::element::Element;

macro_rules! elements {
    ($kind:ident: $($tag:ident)* $(; $method:ident $name:literal)*) => {
        /// A function for each element.
        pub mod $kind {
            pub use leptos_itself::tachys::$kind::InertElement;

            use crate::element::Element;

            $(
                #[doc = concat!("An empty `<", stringify!($tag), ">`.")]
                pub fn $tag() -> Element {
                    Element::$kind(stringify!($tag))
                }
            )*
            $(
                #[doc = concat!("An empty `<", $name, ">`.")]
                pub fn $method() -> Element {
                    Element::$kind($name)
                }
            )*
        }
    };
}

macro_rules! attributes {
    ($($method:ident $name:literal)*) => {
        impl Element {
            $(
                #[doc = concat!("The attribute `", $name, "`.")]
                #[must_use]
                pub fn $method(self, value: impl Give) -> Self {
                    value.give(self, Kind::Plain, $name)
                }
            )*
        }
    };
}

elements! { html:
    a abbr address article aside b blockquote body br button caption cite code col colgroup data datalist dd del details
    dfn dialog div dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe
    img input ins kbd label legend li link main mark menu meta meter nav noscript ol optgroup option output p picture pre
    progress q s samp script search section select slot small source span strong style sub summary sup table tbody td
    template textarea tfoot th thead time title tr u ul var video wbr
}

elements! { svg:
    a circle defs desc ellipse g image line marker mask path pattern polygon polyline rect stop
    svg symbol text title tspan; r#use "use"
}

attributes! {
    abbr "abbr"
    accept "accept"
    accesskey "accesskey"
    action "action"
    align "align"
    allow "allow"
    alt "alt"
    r#as "as"
    r#async "async"
    autocapitalize "autocapitalize"
    autocomplete "autocomplete"
    autofocus "autofocus"
    autoplay "autoplay"
    charset "charset"
    checked "checked"
    cite "cite"
    cols "cols"
    colspan "colspan"
    content "content"
    contenteditable "contenteditable"
    controls "controls"
    coords "coords"
    crossorigin "crossorigin"
    data "data"
    datetime "datetime"
    default "default"
    defer "defer"
    dir "dir"
    dirname "dirname"
    disabled "disabled"
    download "download"
    draggable "draggable"
    enctype "enctype"
    enterkeyhint "enterkeyhint"
    r#for "for"
    form "form"
    formaction "formaction"
    formenctype "formenctype"
    formmethod "formmethod"
    formnovalidate "formnovalidate"
    formtarget "formtarget"
    headers "headers"
    height "height"
    hidden "hidden"
    high "high"
    href "href"
    hreflang "hreflang"
    id "id"
    inert "inert"
    inputmode "inputmode"
    integrity "integrity"
    is "is"
    itemprop "itemprop"
    kind "kind"
    label "label"
    lang "lang"
    list "list"
    loading "loading"
    r#loop "loop"
    low "low"
    max "max"
    maxlength "maxlength"
    media "media"
    method "method"
    min "min"
    minlength "minlength"
    multiple "multiple"
    muted "muted"
    name "name"
    nonce "nonce"
    novalidate "novalidate"
    open "open"
    optimum "optimum"
    part "part"
    pattern "pattern"
    ping "ping"
    placeholder "placeholder"
    popover "popover"
    popovertarget "popovertarget"
    popovertargetaction "popovertargetaction"
    poster "poster"
    preload "preload"
    readonly "readonly"
    referrerpolicy "referrerpolicy"
    rel "rel"
    required "required"
    reversed "reversed"
    role "role"
    rows "rows"
    rowspan "rowspan"
    sandbox "sandbox"
    scope "scope"
    selected "selected"
    shape "shape"
    size "size"
    sizes "sizes"
    slot "slot"
    span "span"
    spellcheck "spellcheck"
    src "src"
    srcdoc "srcdoc"
    srclang "srclang"
    srcset "srcset"
    start "start"
    step "step"
    tabindex "tabindex"
    target "target"
    title "title"
    translate "translate"
    r#type "type"
    usemap "usemap"
    value "value"
    width "width"
    wrap "wrap"
    aria_activedescendant "aria-activedescendant"
    aria_atomic "aria-atomic"
    aria_autocomplete "aria-autocomplete"
    aria_busy "aria-busy"
    aria_checked "aria-checked"
    aria_colcount "aria-colcount"
    aria_colindex "aria-colindex"
    aria_colspan "aria-colspan"
    aria_controls "aria-controls"
    aria_current "aria-current"
    aria_describedby "aria-describedby"
    aria_description "aria-description"
    aria_details "aria-details"
    aria_disabled "aria-disabled"
    aria_errormessage "aria-errormessage"
    aria_expanded "aria-expanded"
    aria_flowto "aria-flowto"
    aria_haspopup "aria-haspopup"
    aria_hidden "aria-hidden"
    aria_invalid "aria-invalid"
    aria_keyshortcuts "aria-keyshortcuts"
    aria_label "aria-label"
    aria_labelledby "aria-labelledby"
    aria_level "aria-level"
    aria_live "aria-live"
    aria_modal "aria-modal"
    aria_multiline "aria-multiline"
    aria_multiselectable "aria-multiselectable"
    aria_orientation "aria-orientation"
    aria_owns "aria-owns"
    aria_placeholder "aria-placeholder"
    aria_posinset "aria-posinset"
    aria_pressed "aria-pressed"
    aria_readonly "aria-readonly"
    aria_relevant "aria-relevant"
    aria_required "aria-required"
    aria_roledescription "aria-roledescription"
    aria_rowcount "aria-rowcount"
    aria_rowindex "aria-rowindex"
    aria_rowspan "aria-rowspan"
    aria_selected "aria-selected"
    aria_setsize "aria-setsize"
    aria_sort "aria-sort"
    aria_valuemax "aria-valuemax"
    aria_valuemin "aria-valuemin"
    aria_valuenow "aria-valuenow"
    aria_valuetext "aria-valuetext"
}
