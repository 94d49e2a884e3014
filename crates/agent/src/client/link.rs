//! MQTT packets over any byte stream: bytes in, bytes out, nothing said about their meaning.
//!
//! Made for ten thousand idle connections in one process: incoming bytes are read into a buffer that all links of a
//! thread share, and a link holds memory of its own only for an incomplete packet and for bytes not yet written.
//! Reading and writing progress together in one poll, so that neither direction can block the other.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use rmqtt_codec::error::{DecodeError, EncodeError};
use rmqtt_codec::v3::{Codec, Packet};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::codec::{Decoder, Encoder};

/// Largest packet that is accepted, bytes: a message of 256 KiB with its topic (contract section 2.3).
const PACKET_BYTES_MAX: u32 = 320 * 1024;
/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;
/// A write buffer that grew beyond this is given back when it is empty.
const KEPT_BYTES_MAX: usize = 4 * 1024;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// A byte stream to a hub.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A stream with the MQTT codec around it.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    codec: Codec,
    incoming: BytesMut,
    outgoing: BytesMut,
    is_unflushed: bool,
}

impl Link {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            codec: Codec::new(PACKET_BYTES_MAX),
            incoming: BytesMut::new(),
            outgoing: BytesMut::new(),
            is_unflushed: false,
        }
    }

    /// Queues a packet; [`Link::exchange`] or [`Link::flush`] writes it.
    pub(super) fn queue(&mut self, packet: Packet) -> Result<(), EncodeError> {
        self.codec.encode(packet, &mut self.outgoing)
    }

    /// The next packet of the bytes already received; `None` when it is not complete.
    pub(super) fn next_packet(&mut self) -> Result<Option<Packet>, DecodeError> {
        if self.incoming.is_empty() {
            return Ok(None);
        }
        let packet = self
            .codec
            .decode(&mut self.incoming)?
            .map(|(packet, _)| packet);
        if self.incoming.is_empty() {
            self.incoming = BytesMut::new();
        }
        Ok(packet)
    }

    /// Writes what waits and returns once bytes have arrived. Dropping the future loses nothing.
    pub(super) async fn exchange(&mut self) -> io::Result<()> {
        std::future::poll_fn(|context| self.poll_exchange(context)).await
    }

    /// Returns once everything queued is on its way. Dropping the future loses nothing.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        std::future::poll_fn(|context| self.poll_flush(context)).await
    }

    /// Says farewell to the stream after everything queued is written.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.flush().await?;
        std::future::poll_fn(|context| Pin::new(&mut self.stream).poll_shutdown(context)).await
    }

    fn poll_exchange(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(Err(error)) = self.poll_flush(context) {
            return Poll::Ready(Err(error));
        }
        let stream = Pin::new(&mut self.stream);
        let incoming = &mut self.incoming;
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(stream.poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            incoming.extend_from_slice(buffer.filled());
            Poll::Ready(Ok(()))
        })
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.outgoing))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(written);
            self.is_unflushed = true;
        }
        if self.outgoing.capacity() > KEPT_BYTES_MAX {
            self.outgoing = BytesMut::new();
        }
        if self.is_unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            self.is_unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("incoming_bytes", &self.incoming.len())
            .field("outgoing_bytes", &self.outgoing.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn packets_arrive_whole_however_the_bytes_are_cut() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut link = Link::new(Box::new(near));
        // PINGRESP, then a PUBLISH at QoS 0 to "t" with payload "ab".
        let bytes = [0xd0, 0, 0x30, 5, 0, 1, b't', b'a', b'b'];
        let mut seen = Vec::new();
        for byte in bytes {
            far.write_all(&[byte]).await.unwrap();
            link.exchange().await.unwrap();
            while let Some(packet) = link.next_packet().unwrap() {
                seen.push(packet);
            }
        }
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0], Packet::PingResponse);
        assert!(matches!(&seen[1], Packet::Publish(publish) if publish.payload == "ab"));
    }

    #[tokio::test]
    async fn reading_goes_on_while_the_other_side_does_not_read() {
        let (near, mut far) = tokio::io::duplex(16);
        let mut link = Link::new(Box::new(near));
        for _ in 0..500 {
            link.queue(Packet::PingRequest).unwrap();
        }
        far.write_all(&[0xd0, 0]).await.unwrap();
        link.exchange().await.unwrap();
        assert_eq!(link.next_packet().unwrap(), Some(Packet::PingResponse));
        let reader = async {
            let mut bytes = vec![0; 1_000];
            far.read_exact(&mut bytes).await.unwrap();
        };
        let ((), flushed) = tokio::join!(reader, link.flush());
        flushed.unwrap();
    }

    #[tokio::test]
    async fn a_closed_stream_is_an_error() {
        let (near, far) = tokio::io::duplex(16);
        let mut link = Link::new(Box::new(near));
        drop(far);
        assert_eq!(
            link.exchange().await.unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }
}
