//! Where the members of a JSON text stand, so that what is wrong with one can be shown in its line. Pure.

use std::collections::BTreeMap;

/// A line and a column, both from 1; columns count characters.
pub(super) type At = (usize, usize);

/// Where each name of a well-formed text stands, by its dotted path; and the names that stand twice in one object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// By path; of what stands in an array the path is the array's.
    pub(super) names: BTreeMap<String, At>,
    /// The later of two members with one name.
    pub(super) doubled: Vec<(String, At)>,
}

/// An object or an array that is open.
struct Frame {
    /// The path of its members: that of an array is the array's own.
    path: String,
    /// The names it has, when it is an object.
    names: Option<Vec<String>>,
    /// The path of the member that is being read.
    member: String,
}

/// Finds the names of a text that `serde_json` can read.
pub(super) fn places(text: &str) -> Places {
    let mut found = Places::default();
    let mut open: Vec<Frame> = Vec::new();
    let (mut line, mut column) = (1, 0);
    let mut is_name_next = false;
    let mut letters = text.char_indices();
    while let Some((from, letter)) = letters.next() {
        column += 1;
        match letter {
            '\n' => (line, column) = (line + 1, 0),
            '"' => {
                let at = (line, column);
                let mut end = text.len();
                let mut is_escaped = false;
                for (here, letter) in letters.by_ref() {
                    column += 1;
                    if letter == '"' && !is_escaped {
                        end = here + 1;
                        break;
                    }
                    is_escaped = letter == '\\' && !is_escaped;
                }
                if let (true, Some(frame)) = (is_name_next, open.last_mut()) {
                    is_name_next = false;
                    let name: String = serde_json::from_str(&text[from..end]).unwrap_or_default();
                    enter(&mut found, frame, &name, at);
                }
            }
            '{' | '[' => {
                let path = open
                    .last()
                    .map(|above| above.member.clone())
                    .unwrap_or_default();
                is_name_next = letter == '{';
                open.push(Frame {
                    member: path.clone(),
                    path,
                    names: is_name_next.then(Vec::new),
                });
            }
            '}' | ']' => {
                open.pop();
                is_name_next = false;
            }
            ',' => is_name_next = open.last().is_some_and(|frame| frame.names.is_some()),
            _ => {}
        }
    }
    found
}

fn enter(found: &mut Places, frame: &mut Frame, name: &str, at: At) {
    let path = if frame.path.is_empty() {
        name.to_owned()
    } else {
        format!("{}.{name}", frame.path)
    };
    if let Some(names) = &mut frame.names {
        if names.iter().any(|known| known == name) {
            found.doubled.push((name.to_owned(), at));
        }
        names.push(name.to_owned());
    }
    frame.member.clone_from(&path);
    found.names.entry(path).or_insert(at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_line_and_column() {
        let text = "{\n  \"a\": { \"b c\": 1, \"ü\": \"x\\\",y\" },\n  \"l\": [{ \"a\": {} }, \"a\"],\n\"z\":null}";
        let found = places(text);
        let said: Vec<_> = found
            .names
            .iter()
            .map(|(path, (line, column))| format!("{path} {line}:{column}"))
            .collect();
        assert_eq!(
            said,
            [
                "a 2:3",
                "a.b c 2:10",
                "a.ü 2:20",
                "l 3:3",
                "l.a 3:11",
                "z 4:1"
            ]
        );
        assert!(found.doubled.is_empty());
    }

    #[test]
    fn a_name_that_stands_twice_in_one_object_is_told() {
        let found = places("{\"a\":1,\n\"b\":[{\"a\":1},{\"a\":2}],\n\"a\":2}");
        assert_eq!(found.doubled, [("a".to_owned(), (3, 1))]);
    }
}
