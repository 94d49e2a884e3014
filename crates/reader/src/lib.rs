//! Reads the JSON of the server's answers with as little code as that takes.
//!
//! Every page carries the code that reads its answers, and its bytes are waited for. `serde` writes that code anew for each
//! type: some 400 bytes a field. Here a type lists its fields with their names ([`Read`], by `derive`), and what finds the
//! name and goes on is there once: some 30 bytes a field. Structs are read from objects, an error says where and roughly
//! what, and decimals are read by the browser, to the last digit as everywhere else.
//!
//! The derive follows the attributes that `serde` is told of the same type: `rename`, `rename_all`, `default`, `from`; what
//! one side writes with `serde`, the other reads here.
//!
//! ```
//! #[derive(reader::Read, Debug, PartialEq)]
//! struct Count { total: u64 }
//!
//! assert_eq!(reader::from_str(r#"{"total":7}"#), Ok(Count { total: 7 }));
//! let refused = reader::from_str::<Count>(r#"{"sum":7}"#).unwrap_err();
//! assert_eq!(refused.to_string(), "total is missing before byte 9");
//! ```

use std::fmt;

mod text;
mod values;

pub use reader_derive::Read;
use text::Text;
pub use values::Unread;

/// How deep arrays and objects may nest, as `serde_json` has it.
pub const DEPTH_MAX: usize = 127;

/// What can be read.
pub trait Read {
    /// What stands until it is read, and where it may be missing.
    fn empty() -> Self
    where
        Self: Sized;

    /// Reads what stands next in the place of [`Read::empty`].
    ///
    /// # Errors
    /// When it is no JSON, or says something else.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable>;

    /// Whether an object may be without it.
    fn may_be_missing(&self) -> bool {
        false
    }
}

/// Why a text was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    what: String,
    /// In bytes from the beginning.
    at: usize,
    is_at_end: bool,
}

/// Reads a whole text.
///
/// # Errors
/// When it is no JSON, or says something else than a `T`.
pub fn from_str<T: Read>(text: &str) -> Result<T, Unreadable> {
    let mut value = T::empty();
    whole(text, &mut value)?;
    Ok(value)
}

fn whole(text: &str, value: &mut dyn Read) -> Result<(), Unreadable> {
    let mut reader = Reader {
        text: Text::new(text),
        depth: 0,
    };
    let read = value.read(&mut reader).and_then(|()| reader.text.end());
    read.map_err(|mut error| {
        // An escape may have been read into a character.
        let is_between = |at: &usize| text.is_char_boundary(*at);
        let at = reader.text.at().min(text.len());
        error.at = (0..=at).rev().find(is_between).unwrap_or(0);
        error.is_at_end = reader.peek().is_none();
        error
    })
}

/// Where the reading stands.
#[derive(Debug)]
pub struct Reader<'a> {
    text: Text<'a>,
    depth: usize,
}

/// A field of an object: its name, and where it is read into.
pub type Field<'f> = (&'static str, &'f mut dyn Read);

/// What reads something.
pub type Reading<'f, 'a> = dyn FnMut(&mut Reader<'a>) -> Result<(), Unreadable> + 'f;

/// Which variant stands there, and whether it holds something.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Its place among the names that were given.
    pub index: usize,
    has_content: bool,
}

impl<'a> Reader<'a> {
    /// Reads an object with these fields, at most 64. The fields whose bit is set in `may_lack` may be missing.
    ///
    /// # Errors
    /// When it is none, or one of the others is missing.
    pub fn object(&mut self, fields: &mut [Field<'_>], may_lack: u64) -> Result<(), Unreadable> {
        let mut seen = 0_u64;
        self.members(&mut |reader, name| {
            let Some(at) = fields.iter().position(|(field, _)| *field == name) else {
                return reader.pass();
            };
            let (name, field) = &mut fields[at];
            if seen & 1 << at != 0 {
                return Err(Unreadable::of(name, " stands twice"));
            }
            seen |= 1 << at;
            field.read(reader)
        })?;
        for (at, (name, field)) in fields.iter().enumerate() {
            if (seen | may_lack) & 1 << at == 0 && !field.may_be_missing() {
                return Err(Unreadable::of(name, " is missing"));
            }
        }
        Ok(())
    }

    /// Reads an object, each of its members with `read`, which is told its name.
    ///
    /// # Errors
    /// When it is none, and what `read` refuses.
    pub fn members(
        &mut self,
        read: &mut dyn FnMut(&mut Self, &str) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        self.open(b'{')?;
        let mut is_first = true;
        while self.text.is_next(b'}', &mut is_first)? {
            let name = self.text.string()?;
            self.text.expect(b':')?;
            read(self, &name)?;
        }
        self.close(b'}')
    }

    /// Reads an array, each of its items with `read`.
    ///
    /// # Errors
    /// When it is none, and what `read` refuses.
    pub fn items(&mut self, read: &mut Reading<'_, 'a>) -> Result<(), Unreadable> {
        self.open(b'[')?;
        let mut is_first = true;
        while self.text.is_next(b']', &mut is_first)? {
            read(self)?;
        }
        self.close(b']')
    }

    /// Reads an array with just these items.
    ///
    /// # Errors
    /// When it is none, or has more or fewer.
    pub fn tuple(&mut self, places: &mut [&mut dyn Read]) -> Result<(), Unreadable> {
        let mut places = places.iter_mut();
        let other = || Unreadable::new("a list of another length");
        self.items(&mut |reader| places.next().ok_or_else(other)?.read(reader))?;
        match places.next() {
            None => Ok(()),
            Some(_) => Err(other()),
        }
    }

    /// Which of these variants stands there. What it holds is read next, then comes [`Reader::end`].
    ///
    /// # Errors
    /// When none of them does.
    pub fn variant(&mut self, names: &[&str]) -> Result<Variant, Unreadable> {
        let has_content = self.text.peek() == Some(b'{');
        if has_content {
            self.open(b'{')?;
        }
        let name = self.text.string()?;
        let index = names.iter().position(|known| *known == name);
        let index = index.ok_or_else(|| Unreadable::new("a value that is not known"))?;
        if has_content {
            self.text.expect(b':')?;
        }
        Ok(Variant { index, has_content })
    }

    /// Ends a variant, after `read` has read what it holds; nothing is held without a `read`.
    ///
    /// # Errors
    /// When it holds nothing and should, or something and should not.
    pub fn end(
        &mut self,
        variant: Variant,
        read: Option<&mut Reading<'_, 'a>>,
    ) -> Result<(), Unreadable> {
        match (read, variant.has_content) {
            (None, false) => return Ok(()),
            (None, true) => self.null()?,
            (Some(_), false) => return Err(another()),
            (Some(read), true) => read(self)?,
        }
        self.close(b'}')
    }

    /// The text of a string.
    ///
    /// # Errors
    /// When there is none.
    pub fn string(&mut self) -> Result<String, Unreadable> {
        Ok(self.text.string()?.into_owned())
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        self.text.peek()
    }

    /// Enters an array or an object.
    fn open(&mut self, sign: u8) -> Result<(), Unreadable> {
        if self.peek() != Some(sign) {
            return Err(another());
        }
        self.text.skip();
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Unreadable::new("too deep"));
        }
        Ok(())
    }

    /// Leaves it where `sign` stands.
    fn close(&mut self, sign: u8) -> Result<(), Unreadable> {
        self.depth -= 1;
        self.text.expect(sign)
    }

    fn boolean(&mut self) -> Result<bool, Unreadable> {
        if self.text.take_word("true") {
            Ok(true)
        } else if self.text.take_word("false") {
            Ok(false)
        } else {
            Err(another())
        }
    }

    fn null(&mut self) -> Result<(), Unreadable> {
        if self.text.take_word("null") {
            Ok(())
        } else {
            Err(another())
        }
    }

    /// Passes over a value, whatever it is.
    fn pass(&mut self) -> Result<(), Unreadable> {
        match self.peek() {
            Some(b'[') => self.items(&mut Reader::pass),
            Some(b'{') => self.members(&mut |reader, _| reader.pass()),
            Some(b'"') => self.text.string().map(drop),
            Some(b'n') => self.null(),
            Some(b't' | b'f') => self.boolean().map(drop),
            _ => self.text.number().map(drop),
        }
    }
}

/// Where a value of one kind is wanted and one of another stands.
fn another() -> Unreadable {
    Unreadable::new("a value of another kind")
}

impl Unreadable {
    /// An error that says this.
    pub fn new(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            at: 0,
            is_at_end: false,
        }
    }

    /// Whether the text ends where more is needed.
    pub fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// The line and the character in it where the text, which was read, could not be read on; both count from 1.
    pub fn place(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.split('\n').count(), line.chars().count() + 1)
    }

    fn of(name: &str, what: &str) -> Self {
        Self::new(&[name, what].concat())
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        f.write_str(" before byte ")?;
        self.at.fmt(f)
    }
}

impl std::error::Error for Unreadable {}
