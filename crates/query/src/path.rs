//! Paths into a device's document, normalized, and where in the store they lead.

use std::borrow::Cow;
use std::fmt;

use crate::ast::Literal;

/// Root fields in their canonical spelling; texts may write them in any case.
pub const ROOT_FIELDS: [&str; 15] = [
    "deviceId",
    "moduleId",
    "etag",
    "deviceEtag",
    "status",
    "statusReason",
    "statusUpdateTime",
    "connectionState",
    "lastActivityTime",
    "cloudToDeviceMessageCount",
    "authenticationType",
    "modelId",
    "version",
    "createdTime",
    "capabilities",
];

/// Names that lead into the document, in their canonical spelling.
const ROOT_OBJECTS: [&str; 5] = [
    "tags",
    "properties",
    "drift",
    "configurations",
    "x509Thumbprint",
];

/// Members of root objects that are fields like any other, in their canonical spelling.
const ROOT_MEMBERS: [&str; 6] = [
    "capabilities.iotEdge",
    "x509Thumbprint.primaryThumbprint",
    "x509Thumbprint.secondaryThumbprint",
    "drift.count",
    "drift.refused",
    "drift.since",
];

/// A path: one or more segments.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    segments: Vec<String>,
}

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location<'a> {
    /// A root field, by its canonical name: one of [`ROOT_FIELDS`], a member of `capabilities` or `x509Thumbprint`, or
    /// one of these or `properties` as a whole.
    Root(&'a str),
    /// Below the tags.
    Tags(&'a [String]),
    /// Below desired.
    Desired(&'a [String]),
    /// Below reported.
    Reported(&'a [String]),
    /// The version of desired.
    DesiredVersion,
    /// The version of reported.
    ReportedVersion,
    /// Metadata of desired, below it.
    DesiredMetadata(&'a [String]),
    /// Metadata of reported, below it.
    ReportedMetadata(&'a [String]),
    /// How many places differ.
    DriftCount,
    /// How many places were refused.
    DriftRefused,
    /// Since when any place differs.
    DriftSince,
    /// Nowhere: always undefined.
    Nowhere,
}

impl Path {
    /// A path from its segments: the root in its canonical spelling, `desired` and `reported` written in full.
    ///
    /// # Panics
    /// Never; a path without segments leads nowhere.
    pub fn new<S: Into<String>>(segments: impl IntoIterator<Item = S>) -> Self {
        let mut segments: Vec<String> = segments.into_iter().map(Into::into).collect();
        let Some(root) = segments.first() else {
            return Self {
                segments: vec![String::new()],
            };
        };
        let is = |name: &&&str| name.eq_ignore_ascii_case(root);
        if let Some(known) = ROOT_FIELDS.iter().chain(&ROOT_OBJECTS).find(is) {
            (*known).clone_into(&mut segments[0]);
        } else if let Some(section) = ["desired", "reported"].iter().find(is) {
            (*section).clone_into(&mut segments[0]);
            segments.insert(0, "properties".to_owned());
        } else if root.eq_ignore_ascii_case("devices") && segments.len() > 1 {
            // Rows may name their source: `devices.deviceId`, `devices.jobs.jobId` (contract section 6.4).
            let is_inner = segments.len() > 2
                && ["jobs", "modules"]
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&segments[1]));
            return Self::new(segments.into_iter().skip(if is_inner { 2 } else { 1 }));
        }
        if let Some(fields) = ROOT_MEMBERS.iter().find(|field| is_same(field, &segments)) {
            segments = fields.split('.').map(str::to_owned).collect();
        }
        if segments[0] == "properties"
            && let Some(section) = segments.get_mut(1)
            && let Some(known) = ["desired", "reported"]
                .iter()
                .find(|name| name.eq_ignore_ascii_case(section))
        {
            *section = (*known).to_owned();
        }
        Self { segments }
    }

    /// Reads a path as it is written in a query: `tags.[[group]].name`; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = crate::parse_condition(text);
        if !parsed.problems.is_empty() || !parsed.order_by.is_empty() {
            return None;
        }
        match parsed.condition?.kind {
            crate::ast::ExprKind::Path(path) => Some(path),
            _ => None,
        }
    }

    /// The path of names joined by dots, never quoted, as property schemes write it.
    ///
    /// ```
    /// # use query::Path;
    /// assert_eq!(Path::from_dotted("tags.2nd (a)").to_string(), "tags.[[2nd (a)]]");
    /// ```
    pub fn from_dotted(text: &str) -> Self {
        Self::new(text.split('.'))
    }

    /// Its segments; at least one.
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The last segment.
    pub fn last(&self) -> &str {
        self.segments.last().map_or("", String::as_str)
    }

    /// The last segment as a query writes it.
    pub(crate) fn last_text(&self) -> Cow<'_, str> {
        written(self.last())
    }

    /// Where it leads.
    pub fn location(&self) -> Location<'_> {
        let rest = &self.segments[1..];
        let name = |at: usize| self.segments.get(at).map(String::as_str);
        match self.segments[0].as_str() {
            "tags" => Location::Tags(rest),
            "properties" => {
                let (section, below) = (name(1), self.segments.get(2..).unwrap_or(&[]));
                let inner = below.first().map(String::as_str);
                match (section, inner) {
                    (Some("desired"), Some("$version")) if below.len() == 1 => {
                        Location::DesiredVersion
                    }
                    (Some("reported"), Some("$version")) if below.len() == 1 => {
                        Location::ReportedVersion
                    }
                    (Some("desired"), Some("$metadata")) => Location::DesiredMetadata(&below[1..]),
                    (Some("reported"), Some("$metadata")) => {
                        Location::ReportedMetadata(&below[1..])
                    }
                    (Some("desired"), _) => Location::Desired(below),
                    (Some("reported"), _) => Location::Reported(below),
                    (None, _) => Location::Root("properties"),
                    _ => Location::Nowhere,
                }
            }
            "x509Thumbprint" if rest.is_empty() => Location::Root("x509Thumbprint"),
            "x509Thumbprint" | "capabilities" if !rest.is_empty() => ROOT_MEMBERS
                .into_iter()
                .find(|field| is_same(field, &self.segments))
                .map_or(Location::Nowhere, Location::Root),
            "drift" => match (name(1), rest.len()) {
                (Some("count"), 1) => Location::DriftCount,
                (Some("refused"), 1) => Location::DriftRefused,
                (Some("since"), 1) => Location::DriftSince,
                _ => Location::Nowhere,
            },
            root if rest.is_empty() && ROOT_FIELDS.contains(&root) => Location::Root(root),
            _ => Location::Nowhere,
        }
    }
}

/// Writes a path as a query writes it, quoting segments that are no plain words.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 || !is_quotable(segment) {
                f.write_str(".")?;
            }
            f.write_str(&written(segment))?;
        }
        Ok(())
    }
}

/// A segment as a query writes it. What cannot be quoted is written as a text, after a dot: `.['name']`.
fn written(segment: &str) -> Cow<'_, str> {
    if is_plain(segment) {
        Cow::Borrowed(segment)
    } else if is_quotable(segment) {
        Cow::Owned(format!("[[{segment}]]"))
    } else {
        Cow::Owned(format!("[{}]", Literal::String(segment.to_owned())))
    }
}

/// Whether segments are those of a dotted name, in any case.
fn is_same(name: &str, segments: &[String]) -> bool {
    let mut names = name.split('.');
    segments.iter().all(|segment| {
        names
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(segment))
    }) && names.next().is_none()
}

/// Whether a segment can be written without quotes anywhere in a path.
pub(crate) fn is_plain(segment: &str) -> bool {
    let mut letters = segment.chars();
    let begins = letters.next().is_some_and(is_begin);
    begins && letters.all(is_inner) && !crate::lexer::is_keyword(segment)
}

/// Whether a name can stand in `[[ ]]`: the end of a quoted name is not in it.
pub(crate) fn is_quotable(name: &str) -> bool {
    !name.contains("]]") && !name.ends_with(']')
}

/// Whether a plain segment may begin with this letter.
pub(crate) fn is_begin(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_' || letter == '$'
}

/// Whether a plain segment may go on with this letter.
pub(crate) fn is_inner(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

impl serde::Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no path")))
    }
}
