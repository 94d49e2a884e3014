//! Goal: the arrows between crates point only down. Method: read `cargo metadata` and compare with the
//! picture in docs/architecture.md.

use std::collections::BTreeMap;
use std::process::Command;

/// Each crate and what it may depend on.
const ALLOWED: [(&str, &[&str]); 16] = [
    ("reader-derive", &[]),
    ("reader", &["reader-derive"]),
    ("twin", &["reader"]),
    ("query", &["reader", "twin"]),
    ("columns", &["query", "twin"]),
    ("wire", &["twin"]),
    ("store", &["query", "twin"]),
    ("fleet", &["columns", "query", "store", "twin"]),
    ("gateway", &["fleet", "query", "store", "twin", "wire"]),
    ("agent", &["twin", "wire"]),
    ("lean", &[]),
    (
        "app",
        &[
            "columns", "fleet", "lean", "query", "reader", "store", "twin",
        ],
    ),
    ("frontend", &["app", "lean"]),
    (
        "server",
        &[
            "agent", "app", "columns", "fleet", "gateway", "lean", "query", "store", "twin", "wire",
        ],
    ),
    (
        "tests",
        &[
            "agent", "columns", "fleet", "query", "store", "twin", "wire",
        ],
    ),
    ("xtask", &[]),
];

#[test]
fn arrows_between_crates_point_down() {
    let out = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&out.stdout).expect("cargo metadata prints JSON");
    let allowed: BTreeMap<_, _> = ALLOWED.into_iter().collect();
    let mut seen = 0;
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let may = allowed
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in the picture of the house"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let target = dependency["name"].as_str().expect("a name");
            let is_for_tests = dependency["kind"].as_str() == Some("dev");
            if allowed.contains_key(target) && !is_for_tests {
                assert!(may.contains(&target), "{name} may not depend on {target}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, ALLOWED.len());
}
