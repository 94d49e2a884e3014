//! Chunks that are needed together, in one file.
//!
//! The splitter writes one chunk for every set of pages that share something: some sixty of a few hundred bytes for
//! each page, each a request, and each compressed without knowing the others. Here they are laid one behind another
//! in as few files as is good for the bytes that all first visits transfer in sum.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// The chunks of each page by name, without `.wasm`.
pub(crate) type Pages = BTreeMap<String, Vec<String>>;

/// What the loader of chunks fetches them with: a file is fetched once, its parts are cut out of it.
const CUT: &str = "\
const files = {};
function part(name, from, to) {
    files[name] ??= fetch(new URL(`./${name}.wasm`, import.meta.url)).then((answer) => {
        if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
        return answer.arrayBuffer();
    });
    files[name].catch(() => delete files[name]);
    return files[name].then((all) => new Response(
        new Uint8Array(all, from, to - from),
        { headers: { 'content-type': 'application/wasm' } },
    ));
}
";

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

/// Replaces the chunks in `work` with bundles and tells `link`, the loader, where each now lies. Gives the bundles of
/// each page.
pub(crate) fn bundle(work: &Path, link: &str, pages: &Pages) -> Result<Pages> {
    let sizes = sizes(work, pages)?;
    let bundles = choose(pages, &sizes);
    let loader = work.join(link);
    let mut script = fs::read_to_string(&loader)?;
    let mut named = Pages::new();
    for (number, bundle) in bundles.iter().enumerate() {
        let name = format!("part_{number}");
        let mut bytes = Vec::with_capacity(bundle.size());
        for (chunk, _) in &bundle.chunks {
            let path = work.join(format!("{chunk}.wasm"));
            let from = bytes.len();
            bytes.extend(fs::read(&path)?);
            let (before, after) = (
                format!("fetch(new URL(\"./{chunk}.wasm\", import.meta.url))"),
                format!("part(\"{name}\", {from}, {})", bytes.len()),
            );
            ensure!(
                script.matches(&before).count() == 1,
                "the loader does not fetch {chunk} as expected"
            );
            script = script.replace(&before, &after);
            fs::remove_file(path)?;
        }
        fs::write(work.join(format!("{name}.wasm")), bytes)?;
        for page in pages
            .keys()
            .enumerate()
            .filter(|(page, _)| bundle.pages.contains(page))
        {
            named.entry(page.1.clone()).or_default().push(name.clone());
        }
    }
    // Beside each chunk the splitter lists its pages.
    let lines = script.lines().filter(|line| !line.starts_with("/* "));
    let script: String = lines.flat_map(|line| [line, "\n"]).collect();
    fs::write(&loader, [CUT, &script].concat())?;
    Ok(named)
}

fn sizes(work: &Path, pages: &Pages) -> Result<BTreeMap<String, usize>> {
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
fn choose(pages: &Pages, sizes: &BTreeMap<String, usize>) -> Vec<Bundle> {
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

    fn pages(list: &[(&str, &[&str])]) -> Pages {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        list.iter()
            .map(|(page, chunks)| ((*page).to_owned(), owned(chunks)))
            .collect()
    }

    #[test]
    fn what_is_needed_together_lies_together_and_nobody_pays_for_anothers_page() {
        let pages = pages(&[
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
    fn the_loader_learns_where_each_chunk_is() {
        let place = std::env::temp_dir().join(format!("bundle-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        for (name, bytes) in [("x", "xx"), ("y", "yyy")] {
            fs::write(place.join(format!("{name}.wasm")), bytes).unwrap();
        }
        let script = "/* p */\nconst a = fetch(new URL(\"./x.wasm\", import.meta.url));\nconst b = fetch(new URL(\"./y.wasm\", import.meta.url));\n";
        fs::write(place.join("split.js"), script).unwrap();
        let named = bundle(&place, "split.js", &pages(&[("p", &["x", "y"])])).unwrap();
        assert_eq!(named, pages(&[("p", &["part_0"])]));
        assert_eq!(fs::read(place.join("part_0.wasm")).unwrap(), b"xxyyy");
        let script = fs::read_to_string(place.join("split.js")).unwrap();
        assert!(
            script.ends_with(
                "const a = part(\"part_0\", 0, 2);\nconst b = part(\"part_0\", 2, 5);\n"
            )
        );
        fs::remove_dir_all(place).unwrap();
    }
}
