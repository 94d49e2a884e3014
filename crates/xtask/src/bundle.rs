//! Chunks that are needed together, in one file.
//!
//! The splitter writes one chunk for every set of pages that share something: some sixty of a few hundred bytes for
//! each page, each a request, and each compressed without knowing the others. Here they are laid one behind another:
//!
//! - in *parts*, as few files as is good for the bytes that all pages transfer in sum, for who comes from another page
//!   and has a part already;
//! - in one file for each *page*, for who begins there and has nothing: compressed as a whole it is a fifth smaller;
//! - in one file for what it has that the overview has not, for who comes from there, which is the usual way; what is
//!   loaded within a page has one for what that page has not.
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
    /// Holds all that it needs.
    pub(crate) whole: String,
    /// Holds what is missing where it is usually asked for: at the overview, or on the page that it is a part of.
    pub(crate) later: String,
    /// Hold the same, each for all who need a part of it.
    pub(crate) parts: BTreeSet<String>,
}

/// The files of each lazy function by its name.
pub(crate) type Pages = BTreeMap<String, Files>;

/// The page that others are opened from.
pub(crate) const HOME: &str = "overview";

const LOADER: &str = include_str!("loader.js");

/// Chunks in one file, and the pages that need at least one of them.
#[derive(Clone, Debug)]
struct Bundle {
    chunks: Vec<(String, usize)>,
    pages: BTreeSet<usize>,
}

impl Bundle {
    fn size(&self) -> usize {
        self.chunks.iter().map(|(_, size)| size).sum()
    }
}

/// Replaces the chunks in `work` with bundles, and `link`, the loader, with one that knows where each now lies. Gives
/// the files of each page.
pub(crate) fn bundle(work: &Path, link: &str, chunks: &Chunks) -> Result<Pages> {
    let sizes = sizes(work, chunks)?;
    // The large ones first: behind them the many small ones, which are alike, cost a percent less.
    let mut order: Vec<(&str, usize)> = sizes.iter().map(|(name, size)| (&**name, *size)).collect();
    order.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let sizes_of: Vec<usize> = order.iter().map(|(_, size)| *size).collect();
    let order: Vec<&str> = order.into_iter().map(|(name, _)| name).collect();
    let bundles = choose(chunks, &sizes);
    let of_parts: Vec<Vec<usize>> = bundles
        .iter()
        .map(|bundle| {
            let is_in = |chunk: &str| bundle.chunks.iter().any(|(name, _)| name == chunk);
            (0..order.len()).filter(|id| is_in(order[*id])).collect()
        })
        .collect();
    let mut code = BTreeMap::new();
    for chunk in &order {
        let path = work.join(format!("{chunk}.wasm"));
        code.insert(*chunk, fs::read(&path)?);
        fs::remove_file(path)?;
    }
    let write = |name: &str, chunks: &mut dyn Iterator<Item = &str>| {
        let all: Vec<u8> = chunks
            .flat_map(|chunk| code[chunk].iter().copied())
            .collect();
        fs::write(work.join(format!("{name}.wasm")), all)
    };
    for (number, ids) in of_parts.iter().enumerate() {
        write(
            &format!("part_{number}"),
            &mut ids.iter().map(|id| order[*id]),
        )?;
    }
    let mut hosts = BTreeMap::new();
    let mut pages = Pages::new();
    let mut needs = BTreeMap::new();
    for (place, (function, own)) in chunks.iter().enumerate() {
        // In order, so that the loader finds each by adding up.
        let needed = order
            .iter()
            .enumerate()
            .filter(|(_, chunk)| own.iter().any(|c| c == *chunk));
        let ids: Vec<usize> = needed.map(|(id, _)| id).collect();
        let whole = format!("page_{}", plain(function));
        write(&whole, &mut ids.iter().map(|id| order[*id]))?;
        let later = format!("later_{}", plain(function));
        let host = host(function, chunks, &sizes);
        let had = host.map_or(&[][..], |host| chunks[host].as_slice());
        if let Some(host) = host {
            hosts.insert(plain(function).to_owned(), plain(host).to_owned());
        }
        let others = ids.iter().map(|id| order[*id]);
        let mut missing = others.filter(|chunk| had.iter().all(|had| had != chunk));
        write(&later, &mut missing)?;
        let of_page = bundles
            .iter()
            .enumerate()
            .filter(|(_, bundle)| bundle.pages.contains(&place));
        let parts = of_page
            .map(|(number, _)| format!("part_{number}"))
            .collect();
        ensure!(
            needs.insert(plain(function).to_owned(), ids).is_none(),
            "two pages are called {}",
            plain(function)
        );
        let files = Files {
            whole,
            later,
            parts,
        };
        pages.insert(function.clone(), files);
    }
    let path = work.join(link);
    let script = loader(
        &fs::read_to_string(&path)?,
        &sizes_of,
        &of_parts,
        &needs,
        &hosts,
        chunks,
    )?;
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

/// Where a lazy function is usually asked for: a page at the overview; anything else on the page that its name begins
/// with, as `device_methods`, or on the one that it shares most with.
fn host<'a>(
    function: &str,
    chunks: &'a Chunks,
    sizes: &BTreeMap<String, usize>,
) -> Option<&'a str> {
    let mut pages = chunks.keys().filter(|other| is_page(other));
    let found = if is_page(function) {
        pages.find(|other| plain(other) == HOME)
    } else {
        let shared = |page: &&String| {
            let both = chunks[function].iter();
            let both = both.filter(|chunk| chunks[*page].contains(chunk));
            both.map(|chunk| sizes[chunk]).sum::<usize>()
        };
        let named = pages.clone().find(|page| {
            let rest = plain(function).strip_prefix(plain(page));
            rest.is_some_and(|rest| rest.starts_with('_'))
        });
        named.or_else(|| pages.max_by_key(shared))
    };
    found.map(String::as_str).filter(|host| *host != function)
}

/// Whether a lazy function is a page, and not something that a page asks for when a person does.
pub(crate) fn is_page(function: &str) -> bool {
    function.contains(PAGE)
}

/// How the view of a page ends for the splitter.
const PAGE: &str = "_page_view";

/// What the splitter's loader shares with each chunk, and our own way of loading them.
fn loader(
    script: &str,
    sizes: &[usize],
    parts: &[Vec<usize>],
    needs: &BTreeMap<String, Vec<usize>>,
    hosts: &BTreeMap<String, String>,
    chunks: &Chunks,
) -> Result<String> {
    let (shared, loads) = script
        .split_once("function makeLoad(")
        .context("the splitter's loader is of another kind")?;
    let mut out = shared.to_owned();
    writeln!(out, "const sizes = {};", serde_json::to_string(sizes)?)?;
    writeln!(out, "const parts = {};", serde_json::to_string(parts)?)?;
    writeln!(out, "const pages = {};", serde_json::to_string(needs)?)?;
    writeln!(out, "const hosts = {};", serde_json::to_string(hosts)?)?;
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

fn sizes(work: &Path, pages: &Chunks) -> Result<BTreeMap<String, usize>> {
    let names: BTreeSet<&String> = pages.values().flatten().collect();
    let size = |name: &String| {
        let path = work.join(format!("{name}.wasm"));
        let size = fs::metadata(&path)
            .with_context(|| path.display().to_string())?
            .len();
        Ok((name.clone(), usize::try_from(size)?))
    };
    names.into_iter().map(size).collect()
}

/// Begins with a file for each chunk and joins the two whose joining saves most, while any does.
fn choose(pages: &Chunks, sizes: &BTreeMap<String, usize>) -> Vec<Bundle> {
    let users = |chunk: &String| {
        let lists = pages.values().enumerate();
        lists
            .filter(|(_, chunks)| chunks.contains(chunk))
            .map(|(page, _)| page)
            .collect()
    };
    let mut bundles: Vec<Bundle> = sizes
        .iter()
        .map(|(chunk, size)| Bundle {
            chunks: vec![(chunk.clone(), *size)],
            pages: users(chunk),
        })
        .collect();
    while let Some((one, other)) = best(&bundles) {
        let taken = bundles.swap_remove(other);
        bundles[one].pages.extend(taken.pages);
        bundles[one].chunks.extend(taken.chunks);
    }
    bundles
}

/// The two to join, the first of them before the other.
fn best(bundles: &[Bundle]) -> Option<(usize, usize)> {
    let mut best = None;
    for (other, b) in bundles.iter().enumerate() {
        for (one, a) in bundles[..other].iter().enumerate() {
            let pages = a.pages.union(&b.pages).count();
            let joined = cost(pages, a.size() + b.size());
            let saved = cost(a.pages.len(), a.size()) + cost(b.pages.len(), b.size()) - joined;
            if saved > 0.0 && best.is_none_or(|(_, most)| saved > most) {
                best = Some(((one, other), saved));
            }
        }
    }
    best.map(|(pair, _)| pair)
}

/// What a file of `size` bytes costs all its pages together: about as much as Brotli makes of it, with what each
/// file pays before Brotli knows how this program looks.
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of files and numbers of pages"
)]
fn cost(pages: usize, size: usize) -> f64 {
    let size = size as f64;
    pages as f64 * (0.225 * size + 2_000.0 * (1.0 - (-size / 5_000.0).exp()) + 300.0)
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

    #[test]
    fn what_is_needed_together_lies_together_and_nobody_pays_for_anothers_page() {
        let pages = chunks(&[
            ("a", &["own_a", "s", "t", "u"]),
            ("b", &["own_b", "s", "t"]),
        ]);
        let sizes = [
            ("own_a", 90_000),
            ("own_b", 80_000),
            ("s", 9_000),
            ("t", 300),
            ("u", 100),
        ];
        let sizes = sizes.map(|(name, size)| (name.to_owned(), size)).into();
        let bundles = choose(&pages, &sizes);
        let of = |chunk: &str| {
            let found = bundles
                .iter()
                .position(|b| b.chunks.iter().any(|(c, _)| c == chunk));
            found.unwrap()
        };
        assert_eq!(of("s"), of("t"));
        assert_ne!(of("own_a"), of("own_b"));
        assert_ne!(of("own_a"), of("s"));
        assert_eq!(bundles[of("own_a")].pages.len(), 1);
        let chunks: usize = bundles.iter().map(|bundle| bundle.chunks.len()).sum();
        assert_eq!(chunks, 5);
    }

    #[test]
    fn a_page_has_its_chunks_in_one_file_and_in_parts() {
        let place = tempfile::tempdir().unwrap();
        let work = place.path();
        for (name, bytes) in [("own", "own"), ("both", "bo"), ("other", "other")] {
            fs::write(work.join(format!("{name}.wasm")), bytes).unwrap();
        }
        let script = "const shared = 1;\nfunction makeLoad(fetcher, deps) {}\n\
            export const __wasm_split_load___a_page_view_1 = wrapAsyncCb(makeLoad(() => {}, []));\n\
            export const __wasm_split_load___b_page_view_2 = wrapAsyncCb(makeLoad(() => {}, []));\n";
        fs::write(work.join("split.js"), script).unwrap();
        let chunks = chunks(&[
            ("__a_page_view_1", &["own", "both"]),
            ("__b_page_view_2", &["other", "both"]),
        ]);
        let pages = bundle(work, "split.js", &chunks).unwrap();
        let a = &pages["__a_page_view_1"];
        assert_eq!(a.whole, "page_a");
        let whole = fs::read_to_string(work.join("page_a.wasm")).unwrap();
        assert!(whole.contains("own") && whole.contains("bo") && !whole.contains("other"));
        let parts = a.parts.iter();
        let apart: String = parts
            .map(|part| fs::read_to_string(work.join(format!("{part}.wasm"))).unwrap())
            .collect();
        assert!(apart.contains("own") && apart.contains("bo"), "{apart}");
        assert!(!work.join("own.wasm").exists());
        let script = fs::read_to_string(work.join("split.js")).unwrap();
        assert!(script.starts_with("const shared = 1;\nconst sizes = ["));
        assert!(script.contains("export const __wasm_split_load___b_page_view_2 = load(\"b\");"));
    }

    #[test]
    fn what_is_a_part_of_a_page_lacks_only_what_that_page_has_not() {
        let chunks = chunks(&[
            ("__overview_page_view_1", &["o", "s"]),
            ("__device_page_view_2", &["d", "s", "t"]),
            ("methods_3", &["m", "s", "t"]),
            ("device_numbers_4", &["o", "s"]),
        ]);
        let sizes = [("o", 9), ("d", 9), ("s", 5), ("t", 1), ("m", 7)];
        let sizes = sizes.map(|(name, size)| (name.to_owned(), size)).into();
        let of = |function| host(function, &chunks, &sizes);
        assert_eq!(of("methods_3"), Some("__device_page_view_2"));
        assert_eq!(of("device_numbers_4"), Some("__device_page_view_2"));
        assert_eq!(of("__device_page_view_2"), Some("__overview_page_view_1"));
        assert_eq!(of("__overview_page_view_1"), None);
    }

    #[test]
    fn a_loader_that_loads_something_else_is_refused() {
        let chunks = chunks(&[("__a_page_view_1", &[])]);
        let of = |script: &str| {
            loader(
                script,
                &[],
                &[],
                &BTreeMap::new(),
                &BTreeMap::new(),
                &chunks,
            )
        };
        assert!(of("").is_err());
        assert!(of("function makeLoad() {}\n").is_err());
        assert!(
            of("function makeLoad() {}\nexport const __wasm_split_load_b = wrapAsyncCb(1);")
                .is_err()
        );
    }
}
