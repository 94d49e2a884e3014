//! Many short texts in one allocation.
//!
//! A text costs its bytes and the [`Span`] that its owner keeps. Released texts leave holes; the owner closes them
//! with [`Arena::compact`] when [`Arena::is_sparse`] says that it pays.

/// Where a text lies: offset and length in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) u64);

/// Bits of a span that hold the length: texts up to 16 MiB, a thousand times what a twin may hold.
const LENGTH_BITS: u32 = 24;
/// Holes below this size are not worth closing.
const HOLES_BYTES_MIN: usize = 16 * 1024;

impl Span {
    fn new(offset: usize, length: usize) -> Self {
        debug_assert!(
            length < 1 << LENGTH_BITS,
            "a text of a twin is at most 4 KiB"
        );
        Self((offset as u64) << LENGTH_BITS | length as u64)
    }

    fn length(self) -> usize {
        (self.0 & ((1 << LENGTH_BITS) - 1)) as usize
    }

    fn offset(self) -> usize {
        (self.0 >> LENGTH_BITS) as usize
    }
}

/// The texts.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    text: String,
    holes_bytes: usize,
}

impl Arena {
    pub(crate) fn push(&mut self, text: &str) -> Span {
        let span = Span::new(self.text.len(), text.len());
        // Growing by an eighth instead of doubling: a fleet's identifiers are too many to keep as much room again.
        if self.text.capacity() - self.text.len() < text.len() {
            self.text
                .reserve_exact(text.len().max(self.text.len() / 8).max(64));
        }
        self.text.push_str(text);
        span
    }

    pub(crate) fn get(&self, span: Span) -> &str {
        &self.text[span.offset()..span.offset() + span.length()]
    }

    /// Gives a text up; its span must not be used again.
    pub(crate) fn release(&mut self, span: Span) {
        self.holes_bytes += span.length();
    }

    /// Whether more than half of a noticeable amount of text is holes.
    pub(crate) fn is_sparse(&self) -> bool {
        self.holes_bytes > HOLES_BYTES_MIN && self.holes_bytes > self.text.len() / 2
    }

    /// Closes the holes; `live` must yield every span that is still in use.
    pub(crate) fn compact<'a>(&mut self, live: impl Iterator<Item = &'a mut Span>) {
        let mut dense = String::with_capacity(self.text.len() - self.holes_bytes);
        for span in live {
            let text = self.get(*span);
            let moved = Span::new(dense.len(), text.len());
            dense.push_str(text);
            *span = moved;
        }
        *self = Self {
            text: dense,
            holes_bytes: 0,
        };
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.text.capacity()
    }
}
