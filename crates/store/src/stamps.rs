//! The metadata of a twin's sections as a small blob.
//!
//! A section's metadata mirrors its values and most of its nodes were written together. So the blob keeps each distinct stamp (the time and version of
//! the last write, and when the value became what it is) once, and for each node, in the order of the names, one number: the stamp it has, and whether its
//! children are those of the value, none, or others. Names are kept only in the last case, which a twin's own rules do not produce. A twin of thirty
//! properties takes about forty bytes instead of a thousand, and some bytes more for each moment at which something changed that was written again since.
//!
//! ```text
//! section = count, stamp{count}, node | 0, count, (stamp, changed){count}, node
//! stamp   = time (ms, difference to the stamp before), version + 1 or 0
//! changed = time of the stamp - time when the value became what it is (ms)
//! node    = index of the stamp * 4 + children (0 none, 1 those of the value, 2 named), [count], {[length, name], node}
//! ```
//!
//! Without `changed` each value became what it is when it was last written. All numbers are base-128; differences are zigzag. It stores nothing itself and
//! it does not judge the metadata.

use twin::document::{Metadata, Section};
use twin::time::Timestamp;
use twin::{Map, Value};

const NONE: u64 = 0;
const MIRRORED: u64 = 1;
const NAMED: u64 = 2;

/// How far back an equal stamp is looked for; past it a stamp may be kept twice, so that writing stays linear.
const SEARCH_STAMPS_MAX: usize = 64;

/// Deeper than any document may be; a blob that goes deeper is broken.
const DEPTH_MAX: usize = 64;

/// Begins a section whose stamps tell since when; there is no section without a stamp.
const WITH_CHANGED: u64 = 0;

/// When a value was last written, by which version, and when it became what it is.
type Stamp = (Timestamp, Option<u64>, Timestamp);

/// Appends the metadata of a section.
pub(crate) fn write(out: &mut Vec<u8>, section: &Section) {
    let mut stamps = Vec::with_capacity(8);
    let mut nodes = Vec::with_capacity(64);
    write_node(
        &mut nodes,
        &mut stamps,
        &section.metadata,
        Some(&section.values),
    );
    let with_changed = stamps.iter().any(|(at, _, changed_at)| at != changed_at);
    if with_changed {
        write_number(out, WITH_CHANGED);
    }
    write_number(out, stamps.len() as u64);
    let mut before = 0;
    for (at, version, changed_at) in stamps {
        write_number(out, zigzag(at.as_ms().wrapping_sub(before)));
        write_number(out, version.map_or(0, |version| version.saturating_add(1)));
        if with_changed {
            write_number(out, zigzag(at.as_ms().wrapping_sub(changed_at.as_ms())));
        }
        before = at.as_ms();
    }
    out.extend_from_slice(&nodes);
}

fn write_node(out: &mut Vec<u8>, stamps: &mut Vec<Stamp>, node: &Metadata, values: Option<&Map>) {
    let stamp = (node.at, node.version, node.changed_at);
    let recent = stamps.len().saturating_sub(SEARCH_STAMPS_MAX);
    let known = stamps[recent..].iter().position(|known| *known == stamp);
    let index = known.map_or(stamps.len(), |index| recent + index);
    if known.is_none() {
        stamps.push(stamp);
    }
    let mirrored = values.filter(|values| is_mirror(node, values));
    let children = match mirrored {
        _ if node.children.is_empty() => NONE,
        Some(_) => MIRRORED,
        None => NAMED,
    };
    write_number(out, (index as u64) << 2 | children);
    if let Some(values) = mirrored {
        for (child, value) in node.children.values().zip(in_order(values)) {
            write_node(out, stamps, child, value.1.as_object());
        }
        return;
    }
    if children == NAMED {
        write_number(out, node.children.len() as u64);
    }
    for (name, child) in &node.children {
        write_number(out, name.len() as u64);
        out.extend_from_slice(name.as_bytes());
        write_node(
            out,
            stamps,
            child,
            values.and_then(|values| values.get(name)?.as_object()),
        );
    }
}

fn is_mirror(node: &Metadata, values: &Map) -> bool {
    node.children.len() == values.len()
        && node
            .children
            .keys()
            .eq(in_order(values).map(|(name, _)| name))
}

/// The members in the order of their names, which is the map's own unless the map was told to keep another.
fn in_order(values: &Map) -> impl Iterator<Item = (&String, &Value)> {
    let sorted = if values.keys().is_sorted() {
        None
    } else {
        let mut members: Vec<_> = values.iter().collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        Some(members)
    };
    let own = sorted.is_none().then(|| values.iter());
    sorted
        .into_iter()
        .flatten()
        .chain(own.into_iter().flatten())
}

/// Reads the metadata of the section with these values from the front of `rest`. `None` when it is broken.
pub(crate) fn read(rest: &mut &[u8], values: &Map) -> Option<Metadata> {
    let mut count = read_number(rest)?;
    let with_changed = count == WITH_CHANGED;
    if with_changed {
        count = read_number(rest)?;
    }
    let count = usize::try_from(count).ok()?;
    let mut stamps = Vec::with_capacity(count.min(rest.len()));
    let mut before = 0_i64;
    for _ in 0..count {
        before = before.wrapping_add(unzigzag(read_number(rest)?));
        let version = read_number(rest)?.checked_sub(1);
        let age = if with_changed {
            unzigzag(read_number(rest)?)
        } else {
            0
        };
        let changed_at = Timestamp::from_ms(before.wrapping_sub(age));
        stamps.push((Timestamp::from_ms(before), version, changed_at));
    }
    read_node(rest, &stamps, Some(values), DEPTH_MAX)
}

fn read_node(
    rest: &mut &[u8],
    stamps: &[Stamp],
    values: Option<&Map>,
    depth: usize,
) -> Option<Metadata> {
    let depth = depth.checked_sub(1)?;
    let head = read_number(rest)?;
    let (at, version, changed_at) = *stamps.get(usize::try_from(head >> 2).ok()?)?;
    let mut node = Metadata {
        changed_at,
        ..Metadata::leaf(at, version)
    };
    match head & 3 {
        NONE => {}
        MIRRORED => {
            for (name, value) in in_order(values?) {
                node.children.insert(
                    name.clone(),
                    read_node(rest, stamps, value.as_object(), depth)?,
                );
            }
        }
        _ => {
            for _ in 0..read_number(rest)? {
                let length = usize::try_from(read_number(rest)?).ok()?;
                let (name, after) = rest.split_at_checked(length)?;
                *rest = after;
                let name = std::str::from_utf8(name).ok()?.to_owned();
                let child = read_node(
                    rest,
                    stamps,
                    values.and_then(|values| values.get(&name)?.as_object()),
                    depth,
                )?;
                node.children.insert(name, child);
            }
        }
    }
    Some(node)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the mask leaves seven bits"
)]
fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[expect(
    clippy::cast_sign_loss,
    reason = "the bits are kept, only their order changes"
)]
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

#[expect(
    clippy::cast_possible_wrap,
    reason = "the bits are kept, only their order changes"
)]
fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::option;
    use proptest::prelude::*;
    use serde_json::json;
    use twin::document::Twin;

    use super::*;

    fn any_metadata() -> impl Strategy<Value = Metadata> {
        let node = || {
            let time = || any::<i64>().prop_map(Timestamp::from_ms);
            let version = option::of(any::<u64>().prop_map(|version| version >> 1));
            (time(), version, option::of(time())).prop_map(|(at, version, changed_at)| Metadata {
                changed_at: changed_at.unwrap_or(at),
                ..Metadata::leaf(at, version)
            })
        };
        node().prop_recursive(4, 30, 4, move |inner| {
            (node(), btree_map("[a-d]", inner, 0..4))
                .prop_map(|(node, children)| Metadata { children, ..node })
        })
    }

    fn any_values() -> impl Strategy<Value = Map> {
        let leaf = Just(Value::Bool(true)).boxed();
        let object = leaf.prop_recursive(4, 30, 4, |inner| {
            btree_map("[a-d]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect()))
        });
        btree_map("[a-d]", object, 0..4).prop_map(|members| members.into_iter().collect())
    }

    fn round_trip(section: &Section) -> (usize, Metadata) {
        let mut blob = Vec::new();
        write(&mut blob, section);
        let mut rest = &blob[..];
        let metadata = read(&mut rest, &section.values).unwrap();
        assert!(rest.is_empty());
        (blob.len(), metadata)
    }

    #[test]
    fn a_mirrored_section_is_small() {
        let mut twin = Twin::new(Timestamp::from_ms(1_700_000_000_000));
        let patch = json!({ "a": 1, "b": { "c": 2, "d": [1, 2], "e": {} }, "f": "text", "g": { "h": { "i": null, "j": 1 } } });
        twin.apply_reported(
            patch.as_object().unwrap(),
            None,
            Timestamp::from_ms(1_700_000_001_000),
        )
        .unwrap();
        twin.apply_reported(
            json!({ "b": { "c": 3 } }).as_object().unwrap(),
            None,
            Timestamp::from_ms(1_700_000_002_000),
        )
        .unwrap();
        let (size_bytes, metadata) = round_trip(&twin.reported);
        assert_eq!(metadata, twin.reported.metadata);
        assert!(size_bytes < 25, "{size_bytes}");
    }

    /// Thirty properties, which the device reports again and again; each of some changed at a moment of its own.
    #[test]
    fn what_is_reported_again_and_again_stays_small() {
        let mut twin = Twin::new(Timestamp::from_ms(1_700_000_000_000));
        let mut reported: Map = (0..30).map(|n| (format!("p{n}"), json!(0))).collect();
        for step in 0..100 {
            if step % 10 == 0 {
                reported.insert(format!("p{}", step / 10), json!(step));
            }
            let now = Timestamp::from_ms(1_700_000_000_000 + step * 60_000);
            twin.apply_reported(&reported, None, now).unwrap();
        }
        let (size_bytes, metadata) = round_trip(&twin.reported);
        assert_eq!(metadata, twin.reported.metadata);
        assert!(size_bytes < 110, "{size_bytes}");
    }

    #[test]
    fn a_section_without_since_when_is_read_as_new_when_it_was_written() {
        // Two stamps: 5 ms, and 7 ms by version 2; the root, then `a` and `b`, whose child is `c`.
        let blob = [2, 10, 0, 4, 3, 0b001, 0b100, 0b101, 0b000];
        let values = json!({ "a": 1, "b": { "c": 2 } });
        let metadata = read(&mut &blob[..], values.as_object().unwrap()).unwrap();
        let (early, late) = (Timestamp::from_ms(5), Timestamp::from_ms(7));
        let b = Metadata {
            children: [("c".to_owned(), Metadata::leaf(early, None))].into(),
            ..Metadata::leaf(late, Some(2))
        };
        let expected = Metadata {
            children: [
                ("a".to_owned(), Metadata::leaf(late, Some(2))),
                ("b".to_owned(), b),
            ]
            .into(),
            ..Metadata::leaf(early, None)
        };
        assert_eq!(metadata, expected);
    }

    #[test]
    fn depth_beyond_any_document_is_refused() {
        let mut blob = vec![1, 0, 0];
        blob.extend([2, 1, 1, b'a'].repeat(100));
        assert_eq!(read(&mut &blob[..], &Map::new()), None);
    }

    proptest! {
        #[test]
        fn any_metadata_round_trips_whatever_the_values(metadata in any_metadata(), values in any_values()) {
            let section = Section { values, metadata: metadata.clone(), version: 1 };
            prop_assert_eq!(round_trip(&section).1, metadata);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..64), values in any_values()) {
            let _ = read(&mut &bytes[..], &values);
        }
    }
}
