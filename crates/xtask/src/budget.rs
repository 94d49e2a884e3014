//! What each page weighs, and that none outgrows what is recorded for it.
//!
//! `tests/budgets.json` records for each page the compressed bytes of its files: on a first visit, after
//! Devices, and after any other page. Fonts and the document are not counted; `cargo xtask bench` measures whole visits. What is asked for within a
//! page, as the query language, is recorded by itself: what it has that the page has not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::bundle::{Pages, is_page, plain};
use crate::process::workspace;

/// A page may grow by this part of what is recorded before the build fails.
const SLACK: f64 = 0.1;

/// What a page may weigh at most, whatever is recorded.
const MOST: Weight = Weight {
    first: 300_000,
    later: 60_000,
    next: 60_000,
};

/// Compressed bytes of a page's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Weight {
    /// When nothing is cached.
    first: u64,
    /// When Devices, the fullest page, was visited first.
    later: u64,
    /// When another page was visited before, or the page that it is a part of.
    next: u64,
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
        for file in [&page.whole, &page.later, &page.next] {
            files.insert(file.as_str(), size(&format!("{file}.wasm"))?);
        }
    }
    let weights = weights(frame, &manifest.pages, &files);
    println!(
        "  {:<28}{:>12}{:>12}{:>12}",
        "compressed kB", "first", "later", "next"
    );
    for (page, weight) in &weights {
        println!(
            "  {page:<28}{:>12}{:>12}{:>12}",
            kb(weight.first),
            kb(weight.later),
            kb(weight.next)
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
                later: size(&files.later),
                next: size(&files.next),
            };
            (plain(name).to_owned(), weight)
        })
        .collect()
}

/// Fails when a page is a tenth heavier than recorded, is not recorded, or weighs more than any may.
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
        // What is a part of a page has no first visit of its own.
        let is_page = weight.first > 0;
        for (visit, is, was, most) in [
            ("first visit", weight.first, budget.first, MOST.first),
            ("later", weight.later, budget.later, MOST.later),
            ("next", weight.next, budget.next, MOST.next),
        ] {
            if is > was + share(was) {
                over.push(format!(
                    "{page}, {visit}: {} kB, recorded {} kB",
                    kb(is),
                    kb(was)
                ));
            } else if is_page && is > most {
                over.push(format!(
                    "{page}, {visit}: {} kB, at most {} kB",
                    kb(is),
                    kb(most)
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

    fn weight(first: u64, later: u64, next: u64) -> Weight {
        Weight { first, later, next }
    }

    #[test]
    fn a_page_pays_for_the_frame_once_and_then_for_what_is_missing() {
        let page = |whole: &str| Files {
            whole: whole.to_owned(),
            later: format!("later_{whole}"),
            next: format!("next_{whole}"),
        };
        let pages = [
            ("__overview_page_view_1".to_owned(), page("o")),
            ("__plan_page_view_2".to_owned(), page("p")),
            ("language_3".to_owned(), page("l")),
        ];
        let files = [
            ("o", 25),
            ("later_o", 15),
            ("next_o", 12),
            ("p", 55),
            ("later_p", 35),
            ("next_p", 30),
            ("l", 9),
            ("later_l", 5),
            ("next_l", 4),
        ]
        .into();
        let found = weights(100, &pages.into(), &files);
        assert_eq!(found["overview"], weight(125, 15, 12));
        assert_eq!(found["plan"], weight(155, 35, 30));
        assert_eq!(found["language"], weight(0, 5, 4));
    }

    #[test]
    fn a_page_may_grow_by_a_tenth_and_no_more() {
        let budgets: Weights = [("plan".to_owned(), weight(1_000, 100, 50))].into();
        let with = |first, later, next| [("plan".to_owned(), weight(first, later, next))].into();
        assert!(outgrown(&with(1_100, 110, 55), &budgets).is_empty());
        assert_eq!(outgrown(&with(1_101, 110, 55), &budgets).len(), 1);
        assert_eq!(outgrown(&with(1_101, 111, 56), &budgets).len(), 3);
        let heavy = with(290_000, 59_000, 57_000);
        assert_eq!(outgrown(&with(300_001, 60_001, 60_001), &heavy).len(), 3);
        let part: Weights = [("language".to_owned(), weight(0, 70_000, 0))].into();
        assert!(outgrown(&part, &part).is_empty());
        let new: Weights = [("jobs".to_owned(), weight(1, 1, 1))].into();
        assert_eq!(outgrown(&new, &budgets), ["jobs: no weight is recorded"]);
    }
}
