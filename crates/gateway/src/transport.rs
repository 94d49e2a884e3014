//! Packets over any byte stream: TLS, a WebSocket, or a pipe in a test.
//!
//! An idle connection owns no buffers: bytes are read into one buffer per thread, and only an incomplete packet is kept
//! beside its connection. [`Transport::drive`] writes what is to be written while it waits for something to read, so one
//! task serves both directions.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use rmqtt_codec::error::{DecodeError, EncodeError};
use rmqtt_codec::v3::{Codec, Packet};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio_util::codec::{Decoder as _, Encoder as _};

/// Bytes that are read at once.
const READ_BYTES: usize = 32 * 1024;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// One connection as packets.
#[derive(Debug)]
pub(crate) struct Transport<S> {
    stream: S,
    codec: Codec,
    incoming: BytesMut,
    outgoing: BytesMut,
    needs_flush: bool,
}

/// What came of [`Transport::drive`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Bytes have arrived.
    Bytes,
    /// The client will send nothing more.
    End,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport<S> {
    /// `packet_bytes_max` bounds what a packet may claim to be, before it is there.
    pub(crate) fn new(stream: S, packet_bytes_max: u32) -> Self {
        Self {
            stream,
            codec: Codec::new(packet_bytes_max),
            incoming: BytesMut::new(),
            outgoing: BytesMut::new(),
            needs_flush: false,
        }
    }

    /// Changes the bound for the packets to come.
    pub(crate) fn set_packet_bytes_max(&mut self, packet_bytes_max: u32) {
        self.codec.set_max_size(packet_bytes_max);
    }

    /// The next complete packet of what was read.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet>, DecodeError> {
        let packet = self.codec.decode(&mut self.incoming)?;
        if self.incoming.is_empty() && packet.is_some() {
            self.incoming = BytesMut::new();
        }
        Ok(packet.map(|(packet, _)| packet))
    }

    /// Puts a packet into the queue of bytes to write.
    pub(crate) fn send(&mut self, packet: Packet) -> Result<(), EncodeError> {
        self.codec.encode(packet, &mut self.outgoing)
    }

    /// Bytes that were not written yet.
    pub(crate) fn unsent(&self) -> usize {
        self.outgoing.len()
    }

    /// Writes what is to be written and, when `is_reading`, waits for bytes. Without reading it never returns but with
    /// an error. May be dropped and called again at any time.
    pub(crate) async fn drive(&mut self, is_reading: bool) -> io::Result<Heard> {
        std::future::poll_fn(|context| self.poll_drive(context, is_reading)).await
    }

    /// Writes everything.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        std::future::poll_fn(|context| self.poll_write(context)).await
    }

    /// Writes everything and says goodbye to the transport below.
    pub(crate) async fn shutdown(mut self) -> io::Result<()> {
        self.flush().await?;
        self.stream.shutdown().await
    }

    fn poll_drive(
        &mut self,
        context: &mut Context<'_>,
        is_reading: bool,
    ) -> Poll<io::Result<Heard>> {
        if let Poll::Ready(Err(error)) = self.poll_write(context) {
            return Poll::Ready(Err(error));
        }
        if !is_reading {
            return Poll::Pending;
        }
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(Heard::End));
            }
            self.incoming.extend_from_slice(buffer.filled());
            Poll::Ready(Ok(Heard::Bytes))
        })
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.outgoing))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(written);
            self.needs_flush = true;
        }
        if self.needs_flush {
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            self.needs_flush = false;
            self.outgoing = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}
