//! A set of some hundred names at most, in order.
//!
//! The library's sets are made for more than a page ever holds, and their code would weigh as much as what uses it.

/// Names in order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// Whether it is one of them.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Adds a name.
    pub(crate) fn insert(&mut self, name: String) {
        if let Err(at) = self.place(&name) {
            self.0.insert(at, name);
        }
    }

    /// Takes a name away.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Ok(at) = self.place(name) {
            self.0.remove(at);
        }
    }

    /// Keeps those that this holds for.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|name| is_kept(name));
    }

    /// Takes all away.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// All, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|known| known.as_str().cmp(name))
    }
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let mut all = Self::default();
        names.into_iter().for_each(|name| all.insert(name));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_there_once() {
        let mut names: Names = ["c", "a", "b", "a"]
            .map(str::to_owned)
            .into_iter()
            .collect();
        assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(names.len(), 3);
        names.remove("b");
        names.remove("x");
        assert!(names.contains("c") && !names.contains("b"));
        names.retain(|name| name != "a");
        assert_eq!(names.iter().collect::<Vec<_>>(), ["c"]);
        names.clear();
        assert!(names.is_empty());
    }
}
