//! Goal: documents name only files that exist. Method: follow every relative link.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            documents(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
    Ok(())
}

#[test]
fn links_lead_to_files() {
    let mut all = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    documents(&root().join("docs"), &mut all).expect("a readable folder");
    let mut followed = 0;
    for document in all {
        let text = std::fs::read_to_string(&document).expect("a readable document");
        for part in text.split("](").skip(1) {
            let link = part.split(')').next().unwrap_or_default();
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || link.contains("://") {
                continue;
            }
            let target = document.parent().expect("a folder").join(path);
            assert!(
                target.exists(),
                "{} links to {link}, which does not exist",
                document.display()
            );
            followed += 1;
        }
    }
    assert!(followed > 5, "only {followed} links were followed");
}
