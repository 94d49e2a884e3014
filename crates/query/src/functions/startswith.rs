//! `STARTSWITH(text, prefix)`.

use twin::scheme::PropertyType;

use super::{Function, text};
use crate::lower::TextTest;

pub(super) static STARTSWITH: Function = Function {
    name: "STARTSWITH",
    aliases: &["STARTS_WITH"],
    signature: "STARTSWITH(text, prefix)",
    doc: "Whether the text begins with the prefix.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Boolean,
    eval: |args| text::test(args, |text, part| text.starts_with(part)),
    refuse: None,
    lower: Some(|call| call.text(TextTest::StartsWith)),
    is_lowered_loosely: false,
    examples: &[
        ("STARTSWITH(tags.region, 'Hol')", "true"),
        ("starts_with(tags.region, 'x')", "false"),
        ("STARTSWITH(1, 'x')", "undefined"),
    ],
};
