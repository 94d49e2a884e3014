//! The words of JSON (RFC 8259).

use std::borrow::Cow;

use crate::{Unreadable, another};

/// What is left of a text.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: &'a str,
    at: usize,
}

/// A number, as narrow as it is written.
pub(crate) enum Number {
    Natural(u64),
    Negative(i64),
    Decimal(f64),
}

impl<'a> Text<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// In bytes from the beginning.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What was read since a place.
    pub(crate) fn since(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Passes over one byte.
    pub(crate) fn skip(&mut self) {
        self.at += 1;
    }

    pub(crate) fn expect(&mut self, sign: u8) -> Result<(), Unreadable> {
        if self.peek() != Some(sign) {
            return Err(broken());
        }
        self.skip();
        Ok(())
    }

    pub(crate) fn end(&mut self) -> Result<(), Unreadable> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(broken()),
        }
    }

    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        self.peek();
        let is_here = self.rest().starts_with(word.as_bytes());
        self.at += if is_here { word.len() } else { 0 };
        is_here
    }

    /// Whether another item follows before `close`; its comma is taken.
    pub(crate) fn is_next(&mut self, close: u8, is_first: &mut bool) -> Result<bool, Unreadable> {
        if self.peek() == Some(close) {
            return Ok(false);
        }
        if !std::mem::replace(is_first, false) {
            self.expect(b',')?;
        }
        Ok(true)
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - from
    }

    pub(crate) fn number(&mut self) -> Result<Number, Unreadable> {
        let is_negative = self.peek() == Some(b'-');
        let from = self.at;
        self.at += usize::from(is_negative);
        let begun = self.at;
        let digits = self.digits();
        if digits == 0 {
            return Err(another());
        }
        let written = &self.text.as_bytes()[begun..self.at];
        if digits > 1 && written[0] == b'0' {
            return Err(broken());
        }
        let natural = written.iter().try_fold(0_u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        });
        let mut is_whole = true;
        if self.byte() == Some(b'.') {
            self.skip();
            is_whole = false;
            if self.digits() == 0 {
                return Err(broken());
            }
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.skip();
            is_whole = false;
            if let Some(b'+' | b'-') = self.byte() {
                self.skip();
            }
            if self.digits() == 0 {
                return Err(broken());
            }
        }
        let whole = match natural {
            // Its sign is that of a decimal.
            Some(0) if is_negative => None,
            Some(number) if is_negative => 0_i64.checked_sub_unsigned(number).map(Number::Negative),
            natural => natural.map(Number::Natural),
        };
        match whole.filter(|_| is_whole) {
            Some(whole) => Ok(whole),
            None => decimal(self.since(from)).map(Number::Decimal),
        }
    }

    /// A string with its escapes undone.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        if self.peek() != Some(b'"') {
            return Err(another());
        }
        self.skip();
        let mut from = self.at;
        let mut own = String::new();
        loop {
            match self.byte() {
                Some(b'"') => {
                    let rest = self.since(from);
                    self.skip();
                    if own.is_empty() {
                        return Ok(Cow::Borrowed(rest));
                    }
                    own += rest;
                    return Ok(Cow::Owned(own));
                }
                Some(b'\\') => {
                    own += self.since(from);
                    own.push(self.escape()?);
                    from = self.at;
                }
                Some(0x20..) => self.skip(),
                _ => return Err(broken()),
            }
        }
    }

    /// What an escape means.
    fn escape(&mut self) -> Result<char, Unreadable> {
        self.skip();
        let letter = self.byte().ok_or_else(broken)?;
        self.skip();
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                // Beyond 16 bits a character is written as two.
                let is_pair = (0xd800..0xdc00).contains(&first) && self.rest().starts_with(b"\\u");
                let second = if is_pair {
                    self.at += 2;
                    Some(self.unit()?)
                } else {
                    None
                };
                let mut letters = char::decode_utf16([first].into_iter().chain(second));
                let letter = letters.next().and_then(Result::ok);
                letter.ok_or_else(broken)?
            }
            _ => return Err(broken()),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u16, Unreadable> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let unit = digits.and_then(|digits| {
            digits.iter().try_fold(0, |unit, digit| {
                let digit = char::from(*digit).to_digit(16)?;
                Some(unit << 4 | u16::try_from(digit).ok()?)
            })
        });
        self.at += 4;
        unit.ok_or_else(broken)
    }
}

fn broken() -> Unreadable {
    Unreadable::new("no JSON")
}

/// A decimal to its last digit; one beyond all numbers is none.
fn decimal(text: &str) -> Result<f64, Unreadable> {
    #[cfg(target_arch = "wasm32")]
    let number = js_sys::parse_float(text);
    #[cfg(not(target_arch = "wasm32"))]
    let number = text.parse().unwrap_or(f64::INFINITY);
    if number.is_finite() {
        Ok(number)
    } else {
        Err(Unreadable::new("a number out of range"))
    }
}
