//! How what is not derived is read.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::text::Number;
use crate::{Read, Reader, Unreadable, another};

/// A value as it is written, for whom it is for to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread(String);

impl Unread {
    /// The JSON.
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl Read for Unread {
    fn empty() -> Self {
        Self(String::new())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        reader.peek();
        let from = reader.text.at();
        reader.pass()?;
        reader.text.since(from).clone_into(&mut self.0);
        Ok(())
    }
}

impl Read for () {
    fn empty() -> Self {}

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        reader.null()
    }
}

impl Read for bool {
    fn empty() -> Self {
        false
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        *self = reader.boolean()?;
        Ok(())
    }
}

impl Read for f64 {
    fn empty() -> Self {
        0.0
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "as numbers are rounded elsewhere"
    )]
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        *self = match reader.text.number()? {
            Number::Natural(number) => number as Self,
            Number::Negative(number) => number as Self,
            Number::Decimal(number) => number,
        };
        Ok(())
    }
}

macro_rules! whole {
    ($($kind:ty)*) => {$(
        impl Read for $kind {
            fn empty() -> Self {
                0
            }

            fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
                let number = match reader.text.number()? {
                    Number::Natural(number) => number.try_into().ok(),
                    Number::Negative(number) => number.try_into().ok(),
                    Number::Decimal(_) => None,
                };
                *self = number.ok_or_else(another)?;
                Ok(())
            }
        }
    )*};
}

whole!(u8 u16 u32 u64 usize i8 i16 i32 i64);

impl Read for String {
    fn empty() -> Self {
        Self::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        *self = reader.string()?;
        Ok(())
    }
}

impl Read for Arc<str> {
    fn empty() -> Self {
        "".into()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        *self = reader.string()?.into();
        Ok(())
    }
}

impl<T: Read> Read for Option<T> {
    fn empty() -> Self {
        None
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        if reader.peek() == Some(b'n') {
            *self = None;
            return reader.null();
        }
        self.insert(T::empty()).read(reader)
    }

    fn may_be_missing(&self) -> bool {
        true
    }
}

impl<T: Read> Read for Box<T> {
    fn empty() -> Self {
        Self::new(T::empty())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        self.as_mut().read(reader)
    }
}

impl<T: Read> Read for Vec<T> {
    fn empty() -> Self {
        Self::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        self.clear();
        reader.items(&mut |reader| {
            let mut item = T::empty();
            item.read(reader)?;
            self.push(item);
            Ok(())
        })
    }
}

impl<T: Read, const COUNT: usize> Read for [T; COUNT] {
    fn empty() -> Self {
        std::array::from_fn(|_| T::empty())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        let mut places = self.each_mut().map(|place| place as &mut dyn Read);
        reader.tuple(&mut places)
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn empty() -> Self {
        Self::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        self.clear();
        reader.members(&mut |reader, name| {
            let mut value = T::empty();
            value.read(reader)?;
            self.insert(name.to_owned(), value);
            Ok(())
        })
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn empty() -> Self {
        (A::empty(), B::empty())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        reader.tuple(&mut [&mut self.0, &mut self.1])
    }
}

impl<A: Read, B: Read, C: Read> Read for (A, B, C) {
    fn empty() -> Self {
        (A::empty(), B::empty(), C::empty())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        reader.tuple(&mut [&mut self.0, &mut self.1, &mut self.2])
    }
}

impl<T: Read> Read for Range<T> {
    fn empty() -> Self {
        T::empty()..T::empty()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        reader.object(&mut [("start", &mut self.start), ("end", &mut self.end)], 0)
    }
}

impl<T: Read, E: Read> Read for Result<T, E> {
    fn empty() -> Self {
        Ok(T::empty())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        let variant = reader.variant(&["Ok", "Err"])?;
        if variant.index == 0 {
            let mut value = T::empty();
            reader.end(variant, Some(&mut |reader| value.read(reader)))?;
            *self = Ok(value);
        } else {
            let mut error = E::empty();
            reader.end(variant, Some(&mut |reader| error.read(reader)))?;
            *self = Err(error);
        }
        Ok(())
    }
}

impl Read for Value {
    fn empty() -> Self {
        Self::Null
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        *self = match reader.peek() {
            Some(b'[') => {
                let mut items = Vec::empty();
                items.read(reader)?;
                Self::Array(items)
            }
            Some(b'{') => {
                let mut members = Map::empty();
                members.read(reader)?;
                Self::Object(members)
            }
            Some(b'"') => Self::String(reader.string()?),
            Some(b'n') => {
                reader.null()?;
                Self::Null
            }
            Some(b't' | b'f') => Self::Bool(reader.boolean()?),
            _ => match reader.text.number()? {
                Number::Natural(number) => number.into(),
                Number::Negative(number) => number.into(),
                Number::Decimal(number) => number.into(),
            },
        };
        Ok(())
    }
}

impl Read for Map<String, Value> {
    fn empty() -> Self {
        Self::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Unreadable> {
        self.clear();
        reader.members(&mut |reader, name| {
            let mut value = Value::Null;
            value.read(reader)?;
            self.insert(name.to_owned(), value);
            Ok(())
        })
    }
}
