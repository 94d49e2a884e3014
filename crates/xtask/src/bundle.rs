//! Chunks that are needed together, in one file.
//!
//! The splitter writes one chunk for every set of pages that share something: some sixty of a few hundred bytes for
//! each page, each a request, and each compressed without knowing the others. Here they are laid one behind another, so
//! that a page is one file wherever a person comes from:
//!
//! - `page_*` for who begins there and has nothing. It brings more than the page needs, so that the next page need not:
//!   the *core*, what at least four pages share, and *ahead*, what the heaviest pages share with any other. A first
//!   visit has room for it; only the fullest page has none for what is ahead.
//! - `next_*` for who has that: the rest of a page. For a part of a page, what that page has not.
//! - `later_*` for who began with the fullest page: the rest of a page without what that one brings.
//!
//! What two files have both is transferred twice by who needs both; that is less than what files cost that hold what
//! somebody has already.
//!
//! The splitter's loader, which names a file for each chunk, gives way to one that knows where each lies (`loader.js`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// The chunks of each lazy function by name, without `.wasm`.
pub(crate) type Chunks = BTreeMap<String, Vec<String>>;

/// The files of a lazy function, without `.wasm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Files {
    /// Holds all that it needs, and more.
    pub(crate) whole: String,
    /// Holds what is missing where the first page was the fullest.
    pub(crate) later: String,
    /// Holds what is missing where it is usually asked for.
    pub(crate) next: String,
}

/// The files of each lazy function by its name.
pub(crate) type Pages = BTreeMap<String, Files>;

/// The heaviest pages, which people go to all day.
const HEAVY: [&str; 2] = ["devices", "device"];

/// The page of them whose first visit has no room for what is ahead.
const FULLEST: &str = "devices";

/// Pages outside of the frame, which a person passes once: they bring nothing for others.
const DOORS: [&str; 2] = ["sign_in", "choose_password"];

/// What so many pages share is the core.
const SHARED: usize = 4;

/// How the view of a page ends for the splitter.
const PAGE: &str = "_page_view";

const LOADER: &str = include_str!("loader.js");

/// Replaces the chunks in `work` with files of them, and `link`, the loader, with one that knows where each now lies.
/// Gives the files of each page.
pub(crate) fn bundle(work: &Path, link: &str, chunks: &Chunks) -> Result<Pages> {
    for name in HEAVY.iter().chain(&DOORS) {
        ensure!(
            chunks
                .keys()
                .any(|page| is_page(page) && plain(page) == *name),
            "no page is called {name}"
        );
    }
    let order = order(work, chunks)?;
    let mut code = Vec::new();
    for (chunk, _) in &order {
        let path = work.join(format!("{chunk}.wasm"));
        code.push(fs::read(&path)?);
        fs::remove_file(path)?;
    }
    let ids = |of: &BTreeSet<&str>| -> Vec<usize> {
        (0..order.len())
            .filter(|id| of.contains(&*order[*id].0))
            .collect()
    };
    let write = |name: &str, of: &BTreeSet<&str>| {
        let all: Vec<u8> = ids(of)
            .into_iter()
            .flat_map(|id| code[id].clone())
            .collect();
        fs::write(work.join(format!("{name}.wasm")), all)
    };
    let shared = Shared::of(chunks);
    let after_fullest = shared.after_fullest(chunks);
    let mut pages = Pages::new();
    let mut known = Known {
        sizes: order.iter().map(|(_, size)| *size).collect(),
        core: ids(&shared.core),
        ahead: ids(&shared.ahead),
        fullest: FULLEST,
        ..Known::default()
    };
    for (function, own) in chunks {
        let name = plain(function);
        let own: BTreeSet<&str> = own.iter().map(String::as_str).collect();
        let is_new = known.pages.insert(name, ids(&own)).is_none();
        ensure!(is_new, "two pages are called {name}");
        let (brings, host) = (Brings::of(function), host(function, chunks));
        if brings == Brings::Nothing {
            known.bare.push(name);
        }
        if let Some(host) = host {
            known.hosts.insert(name, plain(host));
        }
        let had = host.map_or_else(
            || shared.more(Brings::All),
            |host| shared.of_page(host, chunks),
        );
        let next = format!("next_{name}");
        let files = Files {
            whole: format!("page_{name}"),
            // Nothing is missing of the fullest page where it was the first.
            later: if name == FULLEST {
                next.clone()
            } else {
                format!("later_{name}")
            },
            next,
        };
        write(&files.whole, &shared.of_page(function, chunks))?;
        if files.later != files.next {
            write(&files.later, &(&own - &after_fullest))?;
        }
        write(&files.next, &(&own - &had))?;
        pages.insert(function.clone(), files);
    }
    let path = work.join(link);
    let script = loader(&fs::read_to_string(&path)?, &known, chunks)?;
    fs::write(path, script)?;
    Ok(pages)
}

/// A lazy function by the name that the splitter made of it: `__overview_page_view_401` is `overview`,
/// `query_language_311` is `query_language`.
pub(crate) fn plain(function: &str) -> &str {
    let function = function.trim_start_matches('_');
    let named = function.rsplit_once('_').map_or(function, |(name, _)| name);
    named.strip_suffix(PAGE).unwrap_or(named)
}

/// Whether a lazy function is a page, and not something that a page asks for when a person does.
pub(crate) fn is_page(function: &str) -> bool {
    function.contains(PAGE)
}

/// What the file of a lazy function brings beside what it needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brings {
    Nothing,
    Core,
    All,
}

impl Brings {
    fn of(function: &str) -> Self {
        let name = plain(function);
        if !is_page(function) || DOORS.contains(&name) {
            Self::Nothing
        } else if name == FULLEST {
            Self::Core
        } else {
            Self::All
        }
    }
}

/// The page that a part of it is named after, as `device_methods`.
fn host<'a>(function: &str, chunks: &'a Chunks) -> Option<&'a str> {
    if is_page(function) {
        return None;
    }
    let mut pages = chunks.keys().filter(|other| is_page(other));
    let found = pages.find(|page| {
        let rest = plain(function).strip_prefix(plain(page));
        rest.is_some_and(|rest| rest.starts_with('_'))
    });
    found.map(String::as_str)
}

/// What pages share.
struct Shared<'a> {
    /// What many need.
    core: BTreeSet<&'a str>,
    /// What the heavy pages share with any other, beside the core.
    ahead: BTreeSet<&'a str>,
}

impl<'a> Shared<'a> {
    fn of(chunks: &'a Chunks) -> Self {
        let mut users = BTreeMap::<&str, usize>::new();
        let pages = || chunks.iter().filter(|(function, _)| is_page(function));
        for chunk in pages().flat_map(|(_, own)| own) {
            *users.entry(chunk).or_default() += 1;
        }
        let core = users.iter().filter(|(_, users)| **users >= SHARED);
        let core: BTreeSet<&str> = core.map(|(chunk, _)| *chunk).collect();
        let heavy = pages().filter(|(function, _)| HEAVY.contains(&plain(function)));
        let mut ahead: BTreeSet<&str> =
            heavy.flat_map(|(_, own)| own).map(String::as_str).collect();
        ahead.retain(|chunk| users[chunk] > 1 && !core.contains(chunk));
        Self { core, ahead }
    }

    fn more(&self, brings: Brings) -> BTreeSet<&'a str> {
        match brings {
            Brings::Nothing => BTreeSet::new(),
            Brings::Core => self.core.clone(),
            Brings::All => &self.core | &self.ahead,
        }
    }

    /// What is there when the first page was the fullest.
    fn after_fullest(&self, chunks: &'a Chunks) -> BTreeSet<&'a str> {
        chunks
            .keys()
            .find(|function| is_page(function) && plain(function) == FULLEST)
            .map(|fullest| self.of_page(fullest, chunks))
            .unwrap_or_default()
    }

    /// All that the file of a lazy function holds.
    fn of_page(&self, function: &str, chunks: &'a Chunks) -> BTreeSet<&'a str> {
        let mut all = self.more(Brings::of(function));
        all.extend(chunks[function].iter().map(String::as_str));
        all
    }
}

/// What the loader knows. A chunk is a number: in a file they lie in the order of their numbers.
#[derive(Default)]
struct Known<'a> {
    sizes: Vec<usize>,
    /// What each lazy function needs.
    pages: BTreeMap<&'a str, Vec<usize>>,
    core: Vec<usize>,
    ahead: Vec<usize>,
    /// Those whose file brings nothing for others.
    bare: Vec<&'a str>,
    fullest: &'a str,
    /// The page of each part that is named after one.
    hosts: BTreeMap<&'a str, &'a str>,
}

/// What the splitter's loader shares with each chunk, and our own way of loading them.
fn loader(script: &str, known: &Known<'_>, chunks: &Chunks) -> Result<String> {
    let (shared, loads) = script
        .split_once("function makeLoad(")
        .context("the splitter's loader is of another kind")?;
    let mut out = shared.to_owned();
    let mut tell = |name: &str, value: serde_json::Result<String>| -> Result<()> {
        writeln!(out, "const {name} = {};", value?)?;
        Ok(())
    };
    tell("sizes", serde_json::to_string(&known.sizes))?;
    tell("pages", serde_json::to_string(&known.pages))?;
    tell("core", serde_json::to_string(&known.core))?;
    tell("ahead", serde_json::to_string(&known.ahead))?;
    tell("bare", serde_json::to_string(&known.bare))?;
    tell("fullest", serde_json::to_string(&known.fullest))?;
    tell("hosts", serde_json::to_string(&known.hosts))?;
    out += LOADER;
    let exports = loads.matches("\nexport const ").count();
    ensure!(
        exports == chunks.len(),
        "{exports} functions are loaded, {} are known",
        chunks.len()
    );
    for function in chunks.keys() {
        let name = format!("__wasm_split_load_{function}");
        ensure!(
            loads.contains(&format!("export const {name} = wrapAsyncCb(")),
            "the splitter's loader does not load {function}"
        );
        writeln!(out, "export const {name} = load({:?});", plain(function))?;
    }
    Ok(out)
}

/// All chunks with their sizes, the large ones first: behind them the many small ones, which are alike, cost a percent
/// less.
fn order(work: &Path, chunks: &Chunks) -> Result<Vec<(String, usize)>> {
    let names: BTreeSet<&String> = chunks.values().flatten().collect();
    let mut order = Vec::new();
    for name in names {
        let path = work.join(format!("{name}.wasm"));
        let size = fs::metadata(&path).with_context(|| path.display().to_string())?;
        order.push((name.clone(), usize::try_from(size.len())?));
    }
    order.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(list: &[(&str, &[&str])]) -> Chunks {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        list.iter()
            .map(|(page, chunks)| ((*page).to_owned(), owned(chunks)))
            .collect()
    }

    /// `c` is of the core, `h` is shared by the heavy pages, `n` by one of them and another, `m` by two others.
    fn console() -> Chunks {
        chunks(&[
            ("__overview_page_view_1", &["o", "c"]),
            ("__device_page_view_2", &["d", "c", "n", "h"]),
            ("__plan_page_view_3", &["p", "c", "n", "m"]),
            ("__retire_page_view_4", &["r", "c", "m"]),
            ("__sign_in_page_view_5", &["s"]),
            ("__choose_password_page_view_8", &["w"]),
            ("__devices_page_view_9", &["l", "c", "h"]),
            ("device_methods_6", &["d", "x", "c", "m", "h"]),
            ("key_list_7", &["k", "c"]),
        ])
    }

    #[test]
    fn each_way_to_a_page_is_one_file_of_what_is_missing() {
        let place = tempfile::tempdir().unwrap();
        let work = place.path();
        let chunks = console();
        for chunk in chunks.values().flatten() {
            fs::write(work.join(format!("{chunk}.wasm")), chunk).unwrap();
        }
        let mut script = "const shared = 1;\nfunction makeLoad(fetcher, deps) {}\n".to_owned();
        for function in chunks.keys() {
            writeln!(
                script,
                "export const __wasm_split_load_{function} = wrapAsyncCb(makeLoad(() => {{}}, []));"
            )
            .unwrap();
        }
        fs::write(work.join("split.js"), script).unwrap();
        let pages = bundle(work, "split.js", &chunks).unwrap();
        let holds = |name: &str| {
            let text = fs::read_to_string(work.join(format!("{name}.wasm"))).unwrap();
            let mut letters: Vec<char> = text.chars().collect();
            letters.sort_unstable();
            letters.into_iter().collect::<String>()
        };
        let all = |page: &str| {
            let (_, files) = pages.iter().find(|(name, _)| plain(name) == page).unwrap();
            [&files.whole, &files.later, &files.next].map(|file| holds(file))
        };
        assert_eq!(all("overview"), ["chno", "o", "o"]);
        assert_eq!(all("device"), ["cdhn", "dn", "d"]);
        assert_eq!(all("devices"), ["chl", "l", "l"]);
        assert_eq!(all("plan"), ["chmnp", "mnp", "mp"]);
        assert_eq!(all("retire"), ["chmnr", "mr", "mr"]);
        assert_eq!(all("sign_in"), ["s", "s", "s"]);
        assert_eq!(all("device_methods"), ["cdhmx", "dmx", "mx"]);
        assert_eq!(all("key_list"), ["ck", "k", "k"]);
        assert!(!work.join("c.wasm").exists());
        let script = fs::read_to_string(work.join("split.js")).unwrap();
        assert!(script.starts_with("const shared = 1;\nconst sizes = ["));
        assert!(script.contains("export const __wasm_split_load_key_list_7 = load(\"key_list\");"));
    }

    #[test]
    fn a_loader_that_loads_something_else_is_refused() {
        let chunks = chunks(&[("__a_page_view_1", &[])]);
        let of = |script: &str| loader(script, &Known::default(), &chunks);
        assert!(of("").is_err());
        assert!(of("function makeLoad() {}\n").is_err());
        assert!(
            of("function makeLoad() {}\nexport const __wasm_split_load_b = wrapAsyncCb(1);")
                .is_err()
        );
    }
}
