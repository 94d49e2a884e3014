//! What each page weighs, and that none outgrows what is recorded for it.
//!
//! `tests/budgets.json` records for each page the compressed bytes of its files: on a first visit, and after the
//! overview. Fonts and the document are not counted; `cargo xtask bench` measures whole visits. What is asked for within a
//! page, as the query language, is recorded by itself: what it has that the page has not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::bundle::{HOME, Pages, is_page, plain};
use crate::process::workspace;

/// A page may grow by this part of what is recorded before the build fails.
const SLACK: f64 = 0.1;

/// Compressed bytes of a page's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Weight {
    /// When nothing is cached.
    first: u64,
    /// When the overview was visited before, or the page that it is a part of.
    later: u64,
}

pub(crate) type Weights = BTreeMap<String, Weight>;

/// What a built site says about itself.
#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
    split: String,
    pages: Pages,
}

fn recorded() -> PathBuf {
    workspace().join("tests/budgets.json")
}

/// Weighs the pages of a release site, and says so.
pub(crate) fn weigh(site: &Path) -> Result<Weights> {
    let manifest: Manifest = serde_json::from_slice(&fs::read(site.join("manifest.json"))?)?;
    let size = |file: &str| {
        let path = site.join(format!("{file}.br"));
        let size = fs::metadata(&path).with_context(|| path.display().to_string())?;
        Ok::<u64, anyhow::Error>(size.len())
    };
    let mut frame = 0;
    for file in [&manifest.js, &manifest.wasm, &manifest.css, &manifest.split] {
        frame += size(file)?;
    }
    let mut files = BTreeMap::new();
    for page in manifest.pages.values() {
        for file in [&page.whole, &page.later] {
            files.insert(file.as_str(), size(&format!("{file}.wasm"))?);
        }
    }
    let weights = weights(frame, &manifest.pages, &files);
    println!("  {:<28}{:>12}{:>12}", "compressed kB", "first", "later");
    for (page, weight) in &weights {
        println!(
            "  {page:<28}{:>12}{:>12}",
            kb(weight.first),
            kb(weight.later)
        );
    }
    Ok(weights)
}

fn weights(frame: u64, pages: &Pages, files: &BTreeMap<&str, u64>) -> Weights {
    let size = |file: &String| files.get(file.as_str()).copied().unwrap_or_default();
    pages
        .iter()
        .map(|(name, files)| {
            let weight = Weight {
                first: if is_page(name) {
                    frame + size(&files.whole)
                } else {
                    0
                },
                later: if plain(name) == HOME {
                    0
                } else {
                    size(&files.later)
                },
            };
            (plain(name).to_owned(), weight)
        })
        .collect()
}

/// Fails when a page is a tenth heavier than recorded, or is not recorded.
pub(crate) fn check(weights: &Weights) -> Result<()> {
    let path = recorded();
    let text = fs::read(&path).with_context(|| path.display().to_string())?;
    let over = outgrown(weights, &serde_json::from_slice(&text)?);
    if !over.is_empty() {
        bail!(
            "{}\nMake them lighter (docs/how-to/add-a-page.md), or record them: cargo xtask site --release --record",
            over.join("\n")
        );
    }
    Ok(())
}

/// Records what the pages weigh now.
pub(crate) fn record(weights: &Weights) -> Result<()> {
    let text = serde_json::to_string_pretty(weights)?;
    fs::write(recorded(), text + "\n")?;
    Ok(())
}

fn outgrown(weights: &Weights, budgets: &Weights) -> Vec<String> {
    let mut over = Vec::new();
    for (page, weight) in weights {
        let Some(budget) = budgets.get(page) else {
            over.push(format!("{page}: no weight is recorded"));
            continue;
        };
        for (visit, is, was) in [
            ("first visit", weight.first, budget.first),
            ("later", weight.later, budget.later),
        ] {
            if is > was + share(was) {
                over.push(format!(
                    "{page}, {visit}: {} kB, recorded {} kB",
                    kb(is),
                    kb(was)
                ));
            }
        }
    }
    over
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of files, far below 2^52"
)]
fn share(bytes: u64) -> u64 {
    (bytes as f64 * SLACK) as u64
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files, far below 2^52")]
fn kb(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Files;

    fn weight(first: u64, later: u64) -> Weight {
        Weight { first, later }
    }

    #[test]
    fn a_later_page_pays_for_what_the_overview_did_not_bring() {
        let page = |whole: &str, parts: &[&str]| Files {
            whole: whole.to_owned(),
            later: format!("later_{whole}"),
            parts: parts.iter().map(ToString::to_string).collect(),
        };
        let pages = [
            ("__overview_page_view_1".to_owned(), page("o", &["a", "b"])),
            ("__plan_page_view_2".to_owned(), page("p", &["b", "c"])),
            ("language_3".to_owned(), page("l", &["c", "d"])),
        ];
        let files = [
            ("a", 10),
            ("b", 20),
            ("c", 40),
            ("d", 5),
            ("o", 25),
            ("p", 55),
            ("later_p", 35),
            ("later_l", 5),
        ]
        .into();
        let found = weights(100, &pages.into(), &files);
        assert_eq!(found["overview"], weight(125, 0));
        assert_eq!(found["plan"], weight(155, 35));
        assert_eq!(found["language"], weight(0, 5));
    }

    #[test]
    fn a_page_may_grow_by_a_tenth_and_no_more() {
        let budgets: Weights = [("plan".to_owned(), weight(1_000, 100))].into();
        let with = |first, later| [("plan".to_owned(), weight(first, later))].into();
        assert!(outgrown(&with(1_100, 110), &budgets).is_empty());
        assert_eq!(outgrown(&with(1_101, 110), &budgets).len(), 1);
        assert_eq!(outgrown(&with(1_101, 111), &budgets).len(), 2);
        let new: Weights = [("jobs".to_owned(), weight(1, 1))].into();
        assert_eq!(outgrown(&new, &budgets), ["jobs: no weight is recorded"]);
    }
}
