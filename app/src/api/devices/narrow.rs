//! Facets as the fleet counts them, in the console's words; each option carries the address that it leads to.

use fleet::monitor::{Choice, Chosen, Narrow, Narrowing, QueryError};
use query::Path;
use twin::Value;

use super::{Facet, FacetOption, Facets};
use crate::api::{Caller, Problem};
use crate::format;
use crate::routes::{Address, Search};

/// How long the text of a value may be, in characters.
const VALUE_CHARS_MAX: usize = 28;
/// Options of a facet that are shown at once, beside those that are chosen.
const SHOWN: usize = 4;

impl Caller {
    /// What can be chosen beside a list.
    pub(crate) async fn facets(&self, search: &Search) -> Result<Facets, Problem> {
        let monitor = self.fleet.monitor();
        match monitor.narrow(&self.principal, &search.query).await {
            Ok(narrowing) => Ok(facets(narrowing, search)),
            Err(QueryError::Building(_)) => Ok(Facets {
                facets: Vec::new(),
                note: Some("Facets are counted when the index is built.".to_owned()),
            }),
            // What is wrong with the condition is said at the query bar.
            Err(QueryError::Problems { .. } | QueryError::TooLong { .. }) => Ok(Facets::default()),
            Err(error) => Err(error.into()),
        }
    }
}

fn facets(narrowing: Narrowing, search: &Search) -> Facets {
    let note = match narrowing.uncounted.as_slice() {
        [] if narrowing.by.is_empty() => {
            Some("Facets are not counted: this condition reads documents.".to_owned())
        }
        [] => None,
        paths => Some(format!(
            "Facets are not counted: {} {} not declared.",
            paths.join(", "),
            if paths.len() == 1 { "is" } else { "are" }
        )),
    };
    let by = narrowing.by.into_iter();
    Facets {
        facets: by
            .map(|narrow| facet(narrow, search))
            .filter(|facet| !facet.shown.is_empty())
            .collect(),
        note,
    }
}

fn facet(narrow: Narrow, search: &Search) -> Facet {
    let Narrow {
        path,
        title,
        choices,
        more,
        devices,
        is_opaque,
    } = narrow;
    let option = |choice: Choice| option(choice, devices, search);
    let (mut shown, mut rest) = (Vec::new(), Vec::new());
    for (at, choice) in choices.into_iter().enumerate() {
        if at < SHOWN || choice.is_chosen {
            shown.push(option(choice));
        } else {
            rest.push(option(choice));
        }
    }
    Facet {
        title: heading(path.as_deref(), title),
        short: short(path.as_deref()),
        path: path.unwrap_or_else(|| "derived".to_owned()),
        note: is_opaque.then(|| "The query says more of it than can be ticked here.".to_owned()),
        further: (more > 0).then(|| {
            format!(
                "and {}",
                format::plural(more, "rarer value", "rarer values")
            )
        }),
        shown,
        rest,
    }
}

fn heading(path: Option<&str>, title: String) -> String {
    match path {
        _ if !title.is_empty() => title,
        None => "Twin".to_owned(),
        Some("connectionState") => "Connection".to_owned(),
        Some(path) => {
            let last =
                Path::parse(path).map_or_else(|| path.to_owned(), |path| path.last().to_owned());
            let mut letters = last.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        }
    }
}

/// The last parts of a path of the twin: the first ones are the same for many.
fn short(path: Option<&str>) -> String {
    let Some(path) = path else {
        return "derived".to_owned();
    };
    let sides = ["properties.reported.", "properties.desired."];
    let end = sides.iter().find_map(|side| path.strip_prefix(side));
    end.map_or_else(|| path.to_owned(), |end| format!("…{end}"))
}

fn option(choice: Choice, devices: u64, search: &Search) -> FacetOption {
    let (name, mark) = match (&choice.is, choice.term.as_str()) {
        (Chosen::Value(Value::String(text)), _) => {
            (format::middle(text, VALUE_CHARS_MAX), mark(text))
        }
        (Chosen::Value(value), _) => (format::middle(&value.to_string(), VALUE_CHARS_MAX), None),
        (Chosen::Missing, _) => ("without a value".to_owned(), None),
        (Chosen::Condition, "IS_DRIFTING()") => ("Drifting".to_owned(), Some("drift")),
        (Chosen::Condition, "NOT IS_DRIFTING()") => ("Converged".to_owned(), Some("converged")),
        (Chosen::Condition, _) => ("Refusing".to_owned(), Some("fault")),
    };
    FacetOption {
        name,
        mark: mark.map(str::to_owned),
        count: format::count(choice.devices),
        share: format::ratio(choice.devices, devices).unwrap_or_default(),
        is_chosen: choice.is_chosen,
        href: choice
            .to
            .map(|query| Address::Devices(search.with_query(&query)).href()),
    }
}

/// The mark of a value that has one.
fn mark(value: &str) -> Option<&'static str> {
    match value {
        "Connected" => Some("reported"),
        "Disconnected" => Some("silent"),
        "disabled" => Some("paused"),
        _ => None,
    }
}
