//! A WebAssembly module without what only tools read: names, producers, the features it was built with.
//!
//! The splitter writes the names of all functions into each chunk, and they are longer than the code.

use anyhow::{Context, Result, ensure};

/// What every module begins with: the magic word and the version.
pub(crate) const HEAD: &[u8] = b"\0asm\x01\0\0\0";
/// The kind of a section that means nothing to the machine.
const CUSTOM: u8 = 0;

/// The module without its custom sections.
pub(crate) fn bare(module: &[u8]) -> Result<Vec<u8>> {
    let mut rest = module
        .strip_prefix(HEAD)
        .context("this is no WebAssembly module")?;
    let mut out = HEAD.to_vec();
    while let Some((kind, after)) = rest.split_first() {
        let (length, after) = length(after).context("a section has no length")?;
        ensure!(length <= after.len(), "a section is cut off");
        let (section, next) = rest.split_at(rest.len() - after.len() + length);
        if *kind != CUSTOM {
            out.extend_from_slice(section);
        }
        rest = next;
    }
    Ok(out)
}

/// A number as WebAssembly writes lengths (LEB128), and what follows it.
pub(crate) fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let low = u8::try_from(length & 0x7f).unwrap() | 0x80;
        [&[kind, low, u8::try_from(length >> 7).unwrap()], body].concat()
    }

    #[test]
    fn names_go_and_code_stays() {
        let types = section(1, &[7; 300]);
        let code = section(10, &[9; 5]);
        let name = section(0, &[4; 200]);
        let module = [HEAD, &types, &name, &code, &name].concat();
        assert_eq!(bare(&module).unwrap(), [HEAD, &types, &code].concat());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(bare(b"hello").is_err());
        assert!(bare(&[HEAD, &[10, 0x80]].concat()).is_err());
        assert!(bare(&[HEAD, &[10, 5, 1, 2]].concat()).is_err());
    }
}
