//! Which strokes stand for which keys: a person may give a key another stroke (WCAG 2.1.4).
//!
//! Kept in the browser as `n>t;e>x`: the key as the console names it, and the stroke that stands for it.

use crate::format::upper;

/// The keys that a person gave another stroke, and that stroke: a few at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remap(Vec<(String, String)>);

impl Remap {
    /// Reads what was kept; what cannot be read is left out.
    pub(super) fn read(kept: &str) -> Self {
        let pair = |pair: &str| {
            let (key, stroke) = pair.split_once('>')?;
            (!key.is_empty() && !stroke.is_empty()).then(|| (key.to_owned(), stroke.to_owned()))
        };
        Self(kept.split(';').filter_map(pair).collect())
    }

    /// What is kept.
    pub(super) fn written(&self) -> String {
        let pairs = self.0.iter().map(|(key, stroke)| format!("{key}>{stroke}"));
        pairs.collect::<Vec<_>>().join(";")
    }

    /// The stroke that stands for a key.
    pub(super) fn stroke(&self, key: &str) -> String {
        self.changed(key).unwrap_or(key).to_owned()
    }

    /// Whether a key has another stroke than its own.
    pub(super) fn is_changed(&self, key: &str) -> bool {
        self.changed(key).is_some()
    }

    fn changed(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(changed, _)| changed == key);
        found.map(|(_, stroke)| stroke.as_str())
    }

    /// Gives a key a stroke; its own takes the change back. The key that another stands for, among all, is refused.
    pub(super) fn set<'a>(
        &mut self,
        key: &str,
        stroke: &str,
        mut all: impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let is_unfit = stroke.len() > 12 || stroke.contains(['>', ';']);
        if is_unfit {
            return Err("This key cannot be used. Choose another.".to_owned());
        }
        if all.any(|other| other != key && self.stroke(other) == stroke) {
            return Err(format!(
                "{} is in use already. Choose another.",
                upper(stroke)
            ));
        }
        self.reset(key);
        if key != stroke {
            self.0.push((key.to_owned(), stroke.to_owned()));
        }
        Ok(())
    }

    /// Takes a change back.
    pub(super) fn reset(&mut self, key: &str) {
        self.0.retain(|(changed, _)| changed != key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 3] = ["n", "e", "g m"];

    #[test]
    fn a_key_has_the_stroke_that_was_chosen_and_it_lasts() {
        let mut remap = Remap::default();
        assert_eq!(remap.set("n", "t", ALL.into_iter()), Ok(()));
        assert_eq!(remap.set("g m", "g o", ALL.into_iter()), Ok(()));
        let again = Remap::read(&remap.written());
        assert_eq!(again, remap);
        assert_eq!(again.stroke("n"), "t");
        assert_eq!(again.stroke("g m"), "g o");
        assert_eq!(again.stroke("e"), "e");
        assert!(again.is_changed("n") && !again.is_changed("e"));
    }

    #[test]
    fn two_keys_do_not_share_a_stroke() {
        let mut remap = Remap::default();
        assert!(remap.set("n", "e", ALL.into_iter()).is_err());
        assert_eq!(remap.set("n", "t", ALL.into_iter()), Ok(()));
        assert!(remap.set("e", "t", ALL.into_iter()).is_err());
        assert_eq!(
            remap.set("e", "n", ALL.into_iter()),
            Ok(()),
            "n is free now"
        );
        assert!(remap.set("n", "n", ALL.into_iter()).is_err());
        remap.reset("e");
        assert_eq!(remap.set("n", "n", ALL.into_iter()), Ok(()));
        assert_eq!(remap.written(), "");
    }

    #[test]
    fn what_cannot_be_kept_is_refused_and_what_cannot_be_read_is_nothing() {
        let mut remap = Remap::default();
        assert!(remap.set("n", ";", ALL.into_iter()).is_err());
        assert_eq!(Remap::read(";;x;>a;b>"), Remap::default());
    }
}
