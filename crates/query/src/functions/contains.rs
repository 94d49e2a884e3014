//! `CONTAINS(text, part)`.

use twin::scheme::PropertyType;

use super::{Function, text};
use crate::lower::TextTest;

pub(super) static CONTAINS: Function = Function {
    name: "CONTAINS",
    aliases: &[],
    signature: "CONTAINS(text, part)",
    doc: "Whether the text contains the part.",
    args_min: 2,
    args_max: 2,
    returns: PropertyType::Boolean,
    eval: |args| text::test(args, |text, part| text.contains(part)),
    refuse: None,
    lower: Some(|call| call.text(TextTest::Contains)),
    is_lowered_loosely: false,
    examples: &[
        ("CONTAINS(tags.region, 'lst')", "true"),
        ("CONTAINS(tags.region, 'xyz')", "false"),
    ],
};
