//! Short names for what the program imports from its JavaScript.
//!
//! The binder names each by what it does and a hash, which no compression makes smaller, and the name stands in both files:
//! 5 kB of every first visit.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::bare::{HEAD, length};

/// The kind of the section that lists what a module imports.
const IMPORT: u8 = 2;
/// How the names begin that the binder makes.
const BEGIN: &str = "__wb";
/// The digits of a hash.
const HASH: usize = 16;
/// A name is no longer than this, so that its length is one byte.
const NAME_BYTES_MAX: usize = 127;

/// The module and its JavaScript with short names in the place of hashed ones.
pub(crate) fn short(module: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names: Vec<&str> = names(script).into_iter().collect();
    // No name is the beginning of one that is yet to be replaced.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut script = script.to_owned();
    let mut imports = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let new = format!("w{number:x}");
        ensure!(!script.contains(&format!("{new}:")), "{new} is taken");
        imports.push((prefixed(name), prefixed(&new)));
    }
    let mut out = HEAD.to_vec();
    let mut rest = &module[HEAD.len()..];
    let mut is_replaced = vec![false; names.len()];
    while let Some((kind, after)) = rest.split_first() {
        let Some((size, after)) = length(after) else {
            break;
        };
        ensure!(size <= after.len(), "a section is cut off");
        let (content, next) = after.split_at(size);
        let content = if *kind == IMPORT {
            renamed(content, &imports, &mut is_replaced)
        } else {
            content.to_vec()
        };
        out.push(*kind);
        write_length(&mut out, content.len());
        out.extend_from_slice(&content);
        rest = next;
    }
    for (number, name) in names.iter().enumerate() {
        // What the module does not import by that name is the script's own.
        if is_replaced[number] {
            script = script.replace(name, &format!("w{number:x}"));
        }
    }
    Ok((out, script))
}

/// The hashed names in a script.
fn names(script: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = script.split(|letter| !is_part(letter));
    words
        .filter(|word| {
            let hash = word.rsplit_once('_').map(|(_, hash)| hash);
            word.starts_with(BEGIN)
                && word.len() <= NAME_BYTES_MAX
                && hash.is_some_and(|hash| {
                    hash.len() == HASH && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
                })
        })
        .collect()
}

/// A name as a module writes it, after its length.
fn prefixed(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
    [&[length], name.as_bytes()].concat()
}

fn renamed(section: &[u8], names: &[(Vec<u8>, Vec<u8>)], is_replaced: &mut [bool]) -> Vec<u8> {
    let mut out = Vec::with_capacity(section.len());
    let mut at = 0;
    while at < section.len() {
        let found = names
            .iter()
            .position(|(name, _)| section[at..].starts_with(name));
        if let Some(number) = found {
            let (name, new) = &names[number];
            out.extend_from_slice(new);
            is_replaced[number] = true;
            at += name.len();
        } else {
            out.push(section[at]);
            at += 1;
        }
    }
    out
}

/// A number as WebAssembly writes lengths (LEB128).
#[expect(clippy::cast_possible_truncation, reason = "seven bits are taken")]
fn write_length(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "__wbg_body_5f971cbc6950ca4f";

    /// A module that imports one function, type 0, after an empty section of types.
    fn module(name: &str) -> Vec<u8> {
        let imports = [
            &[1_u8],
            &prefixed("./a.js")[..],
            &prefixed(name)[..],
            &[0, 0],
        ]
        .concat();
        let size = u8::try_from(imports.len()).unwrap();
        [HEAD, &[1, 1, 0, IMPORT, size], &imports].concat()
    }

    #[test]
    fn a_name_is_shortened_in_both_files_and_the_module_stays_one() {
        let script = format!("const i = {{ {LONG}: f, __wbg_ptr: 1 }};");
        let (found, told) = short(&module(LONG), &script).unwrap();
        assert_eq!(found, module("w0"));
        assert_eq!(told, "const i = { w0: f, __wbg_ptr: 1 };");
    }

    #[test]
    fn what_the_module_does_not_import_keeps_its_name() {
        let script = format!("const i = {{ {LONG}: f }};");
        let other = module("__wbg_other_5f971cbc6950ca4f");
        assert_eq!(short(&other, &script).unwrap(), (other, script));
    }
}
