//! `ENDSWITH(text, suffix)`.

use twin::scheme::PropertyType;

use super::{Function, text};
use crate::lower::TextTest;

pub(super) static ENDSWITH: Function = Function {
    name: "ENDSWITH",
    aliases: &["ENDS_WITH"],
    signature: "ENDSWITH(text, suffix)",
    doc: "Whether the text ends with the suffix.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Boolean,
    eval: |args| text::test(args, |text, part| text.ends_with(part)),
    refuse: None,
    lower: Some(|call| call.text(TextTest::EndsWith)),
    is_lowered_loosely: false,
    examples: &[
        ("ENDSWITH(tags.region, 'stein')", "true"),
        ("ENDS_WITH(tags.nothing, 'a')", "undefined"),
    ],
};
