//! Goal: text and marks are legible on every surface they stand on, in both themes (WCAG 2.2 AA).
//!
//! Method: read the tokens from the style sheet itself, convert oklch to linear sRGB, and hold the ratio of
//! every pair that occurs against the floor the design sets. Also that every color is one a screen can show.
#![expect(
    clippy::unwrap_used,
    clippy::many_single_char_names,
    reason = "a test that cannot go on fails; colors have letters for names"
)]

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../style/tokens.css");

/// A color in linear sRGB.
type Linear = [f64; 3];

/// The two themes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

/// Every `--name: light-dark(oklch(…), oklch(…))`, opaque ones only.
fn tokens(theme: Theme) -> BTreeMap<String, Linear> {
    let root = TOKENS.split_once(":root {").unwrap().1;
    // What follows the first block are exceptions for other media.
    let root = root.split_once("[data-theme=").unwrap().0;
    let mut tokens = BTreeMap::new();
    for declaration in root.split(';') {
        let Some((name, value)) = declaration
            .rsplit_once("--")
            .and_then(|(_, text)| text.split_once(':'))
        else {
            continue;
        };
        let Some(pair) = value.trim().strip_prefix("light-dark(") else {
            continue;
        };
        let colors: Vec<_> = pair
            .split("oklch(")
            .skip(1)
            .filter_map(|color| color.split_once(')'))
            .map(|(color, _)| color)
            .collect();
        let [light, dark] = colors.as_slice() else {
            panic!("{name} is not a pair: {pair}")
        };
        let color = if theme == Theme::Light { light } else { dark };
        if !color.contains('/') {
            tokens.insert(name.trim().to_owned(), linear(color));
        }
    }
    tokens
}

/// CSS Color 4, section 10: oklch to oklab to LMS to linear sRGB.
fn linear(oklch: &str) -> Linear {
    let numbers: Vec<f64> = oklch
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let [lightness, chroma, hue] = numbers[..] else {
        panic!("{oklch}")
    };
    let (a, b) = (
        chroma * hue.to_radians().cos(),
        chroma * hue.to_radians().sin(),
    );
    let [l, m, s] = [
        lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b,
        lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b,
        lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b,
    ]
    .map(|root| root.powi(3));
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}

fn luminance([red, green, blue]: Linear) -> f64 {
    let shown = |channel: f64| channel.clamp(0.0, 1.0);
    0.2126 * shown(red) + 0.7152 * shown(green) + 0.0722 * shown(blue)
}

fn ratio(one: Linear, other: Linear) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The lower ratio of the two themes.
fn lowest(ink: &str, surface: &str) -> f64 {
    let of = |theme| {
        let tokens = tokens(theme);
        ratio(tokens[ink], tokens[surface])
    };
    of(Theme::Light).min(of(Theme::Dark))
}

#[track_caller]
fn holds(inks: &[&str], surfaces: &[&str], floor: f64) {
    for ink in inks {
        for surface in surfaces {
            let found = lowest(ink, surface);
            assert!(
                found >= floor,
                "{ink} on {surface}: {found:.2}, wanted {floor}"
            );
        }
    }
}

const SURFACES: [&str; 5] = [
    "paper",
    "sheet",
    "paper-inset",
    "paper-hover",
    "paper-select",
];

#[test]
fn ink_is_legible_on_every_surface() {
    holds(&["ink"], &SURFACES, 11.0);
    holds(&["ink-2"], &SURFACES, 6.5);
    holds(&["ink-3"], &SURFACES, 4.5);
}

#[test]
fn status_text_is_legible_on_every_surface_and_on_its_own_wash() {
    holds(
        &["desired", "reported", "drift", "fault", "silent"],
        &SURFACES,
        4.5,
    );
    for status in ["desired", "reported", "drift", "fault"] {
        holds(&[status, "ink"], &[&format!("{status}-wash")], 4.5);
    }
    holds(&["ink-on-desired"], &["desired", "desired-hover"], 4.5);
}

#[test]
fn marks_and_edges_are_visible_on_paper() {
    holds(
        &[
            "reported-mark",
            "drift-mark",
            "fault-mark",
            "silent-mark",
            "desired",
            "rule-control",
        ],
        &["paper", "sheet"],
        3.0,
    );
}

#[test]
fn every_color_can_be_shown() {
    for theme in [Theme::Light, Theme::Dark] {
        for (name, color) in tokens(theme) {
            let is_shown = color
                .iter()
                .all(|channel| (-0.002..=1.002).contains(channel));
            assert!(is_shown, "{name} is outside sRGB: {color:?}");
        }
    }
}

#[test]
fn the_measure_itself_is_right() {
    let (black, white) = (linear("0 0 0"), linear("1 0 0"));
    assert!((ratio(black, white) - 21.0).abs() < 0.01);
    assert_eq!(tokens(Theme::Light).len(), tokens(Theme::Dark).len());
    assert!(tokens(Theme::Light).len() > 35);
}

#[test]
fn colors_are_named_in_one_place_only() {
    for (name, sheet) in [
        ("base", include_str!("../../style/base.css")),
        ("components", include_str!("../../style/components.css")),
        ("pages", include_str!("../../style/pages.css")),
    ] {
        for literal in ["oklch(", "rgb(", "hsl(", "light-dark("] {
            assert!(
                !sheet.contains(literal),
                "{name}.css has a color of its own: {literal}"
            );
        }
        let is_hex =
            |word: &str| word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let hex = sheet.split('#').skip(1).map(|rest| {
            rest.split(|letter: char| !letter.is_ascii_alphanumeric())
                .next()
                .unwrap_or("")
        });
        assert_eq!(hex.filter(|word| is_hex(word)).count(), 0, "{name}.css");
    }
}
