//! An address of the console, taken apart.

use crate::routes::decode;

/// An address as a browser writes it, without the server's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Url {
    /// The path, encoded, with its first slash.
    pub(super) path: String,
    /// What stands after the question mark, encoded.
    pub(super) search: String,
    /// What stands after the number sign, encoded.
    pub(super) hash: String,
}

impl Url {
    /// Of a path with what follows it. A server's name before it is passed over.
    pub(super) fn parse(text: &str) -> Self {
        let text = match text.split_once("://") {
            Some((_, rest)) if !text.starts_with('/') => {
                &rest[rest.find('/').unwrap_or(rest.len())..]
            }
            _ => text,
        };
        let (text, hash) = text.split_once('#').unwrap_or((text, ""));
        let (path, search) = text.split_once('?').unwrap_or((text, ""));
        Self {
            path: path.to_owned(),
            search: search.to_owned(),
            hash: hash.to_owned(),
        }
    }

    /// The same as text.
    #[cfg_attr(
        feature = "ssr",
        expect(dead_code, reason = "only a browser keeps a history")
    )]
    pub(super) fn href(&self) -> String {
        let mut href = self.path.clone();
        for (mark, part) in [('?', &self.search), ('#', &self.hash)] {
            if !part.is_empty() {
                href.push(mark);
                href += part;
            }
        }
        href
    }

    /// What the query says, as forms write it: a plus is a space.
    pub(super) fn members(&self) -> Members {
        let pairs = self.search.split('&').filter(|pair| !pair.is_empty());
        let text = |text: &str| decode(&text.replace('+', " "));
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (text(name), text(value))
            })
            .collect()
    }
}

/// Names with values, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(Vec<(String, String)>);

impl Members {
    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(named, _)| named == name)
            .map(|(_, value)| value.clone())
    }
}

impl FromIterator<(String, String)> for Members {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_and_put_together() {
        for text in ["/", "/devices?q=a%20b", "/devices/a%2Fb#tags", "/a?b#c?d"] {
            assert_eq!(
                Url::parse(text).path,
                text.split(['?', '#']).next().unwrap()
            );
        }
        let url = Url::parse("http://localhost:8080/devices?q=a#b");
        assert_eq!(
            (&*url.path, &*url.search, &*url.hash),
            ("/devices", "q=a", "b")
        );
        assert_eq!(Url::parse("http://localhost").path, "");
        let url = Url::parse("/devices?q=tags.url='http://x/y'");
        assert_eq!(
            (&*url.path, &*url.search),
            ("/devices", "q=tags.url='http://x/y'")
        );
    }

    #[test]
    fn a_query_is_read_as_forms_write_it() {
        let members = Url::parse("/devices?q=tags.a+%3D+1%2B2&&x&q=2&%C3%BC=%ff").members();
        assert_eq!(members.get("q").as_deref(), Some("tags.a = 1+2"));
        assert_eq!(members.get("x").as_deref(), Some(""));
        assert_eq!(members.get("ü").as_deref(), Some("%ff"));
        assert_eq!(members.get("nothing"), None);
    }
}
