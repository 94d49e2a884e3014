//! Where a recursive walk through a document stands, without allocating until somebody asks for the text.
//!
//! Each level of the walk puts one [`Trail`] on its own stack frame, linked to its parent's. It is not a path
//! expression of the query language: names are joined by dots and never quoted.

use std::fmt;

/// One step below a parent, or below the section when there is none.
#[derive(Clone, Copy)]
pub(crate) struct Trail<'a> {
    parent: Option<&'a Trail<'a>>,
    key: &'a str,
}

impl<'a> Trail<'a> {
    pub(crate) fn new(parent: Option<&'a Trail<'a>>, key: &'a str) -> Self {
        Self { parent, key }
    }

    /// Whether this trail and `path` lie on one line: one is a prefix of the other.
    pub(crate) fn is_on_line_with(&self, path: &[&str]) -> bool {
        self.compare(path).is_some()
    }

    /// The number of steps when the shorter of the two is a prefix of the other.
    fn compare(&self, path: &[&str]) -> Option<usize> {
        let depth = match self.parent {
            Some(parent) => parent.compare(path)?,
            None => 0,
        };
        path.get(depth)
            .is_none_or(|key| *key == self.key)
            .then_some(depth + 1)
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_prints_its_keys_and_knows_its_line() {
        let a = Trail::new(None, "a");
        let b = Trail::new(Some(&a), "b");
        assert_eq!(b.to_string(), "a.b");
        for (path, expected) in [
            (&[][..], true),
            (&["a"][..], true),
            (&["a", "b"], true),
            (&["a", "b", "c"], true),
            (&["b"], false),
            (&["a", "c"], false),
        ] {
            assert_eq!(b.is_on_line_with(path), expected, "{path:?}");
        }
    }
}
