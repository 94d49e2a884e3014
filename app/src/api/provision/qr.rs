//! A text as a QR code, drawn as one path.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

use super::Qr;

/// The light border that readers need, in modules (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

impl Qr {
    /// The code of a text; `None` when the text is longer than a code can hold (2,331 bytes), which no connection
    /// string is.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            while x < width {
                let dark = row[x..].iter().take_while(|color| **color == Color::Dark);
                let run = dark.count();
                if run > 0 {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
                }
                x += run.max(1);
            }
        }
        Some(Self {
            size: width + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a path fills.
    fn filled(qr: &Qr) -> Vec<(usize, usize)> {
        let mut modules = Vec::new();
        for run in qr.path.split('M').skip(1) {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let (length, _) = rest.split_once('v').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            modules.extend((0..length.parse().unwrap()).map(|at| (x + at, y)));
        }
        modules
    }

    #[test]
    fn the_path_fills_the_dark_modules_inside_the_quiet_zone_and_no_other() {
        let text = "HostName=hub.example;DeviceId=am4-1;SharedAccessKey=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        let qr = Qr::of(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        assert_eq!(qr.size, code.width() + 8);
        let mut wanted = Vec::new();
        for y in 0..code.width() {
            for x in 0..code.width() {
                if code[(x, y)] == Color::Dark {
                    wanted.push((x + 4, y + 4));
                }
            }
        }
        assert_eq!(filled(&qr), wanted);
    }

    #[test]
    fn the_longest_connection_string_fits_and_what_does_not_has_no_drawing() {
        let text = "x".repeat(9 + 253 + 10 + 128 + 17 + 88);
        assert!(Qr::of(&text).is_some());
        assert!(Qr::of(&"x".repeat(2_332)).is_none());
    }
}
