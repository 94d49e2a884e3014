//! The bounded queue into one connection, and the word that ends it.
//!
//! A connection is idle almost always, so an empty mailbox owns no buffer: a channel would cost more than the rest of
//! the session. Anybody may [`push`](Mailbox::push) and [`close`](Mailbox::close) without blocking; one task receives.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::task::AtomicWaker;

/// A queue of at most `capacity` letters of type `T`, closed at most once with a reason of type `R`.
#[derive(Debug)]
pub(crate) struct Mailbox<T, R> {
    state: Mutex<State<T, R>>,
    receiver: AtomicWaker,
    capacity: usize,
}

#[derive(Debug)]
struct State<T, R> {
    letters: VecDeque<T>,
    closed: Option<R>,
}

/// Why a letter was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// The receiver does not keep up.
    Full,
    /// The connection is ending.
    Closed,
}

/// What the receiver gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received<T, R> {
    /// The oldest letter.
    Letter(T),
    /// The mailbox was closed; what was still in it is gone. Every further receive says so again.
    Closed(R),
}

impl<T, R: Clone> Mailbox<T, R> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                letters: VecDeque::new(),
                closed: None,
            }),
            receiver: AtomicWaker::new(),
            capacity,
        }
    }

    pub(crate) fn push(&self, letter: T) -> Result<(), Undelivered> {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.closed.is_some() {
                return Err(Undelivered::Closed);
            }
            if state.letters.len() >= self.capacity {
                return Err(Undelivered::Full);
            }
            state.letters.push_back(letter);
        }
        self.receiver.wake();
        Ok(())
    }

    /// Closes the mailbox; the first reason stays.
    pub(crate) fn close(&self, reason: R) {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.closed.get_or_insert(reason);
            state.letters = VecDeque::new();
        }
        self.receiver.wake();
    }

    /// The reason, once it is closed.
    pub(crate) fn closed(&self) -> Option<R> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed
            .clone()
    }

    /// Waits for the next letter or the end; without `takes_letters` only for the end. One task at a time.
    pub(crate) async fn receive(&self, takes_letters: bool) -> Received<T, R> {
        std::future::poll_fn(|context| self.poll_receive(context, takes_letters)).await
    }

    fn poll_receive(&self, context: &Context<'_>, takes_letters: bool) -> Poll<Received<T, R>> {
        if let Some(received) = self.take(takes_letters) {
            return Poll::Ready(received);
        }
        self.receiver.register(context.waker());
        // A letter may have come between the look and the registration.
        self.take(takes_letters).map_or(Poll::Pending, Poll::Ready)
    }

    fn take(&self, takes_letters: bool) -> Option<Received<T, R>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &state.closed {
            return Some(Received::Closed(reason.clone()));
        }
        if !takes_letters {
            return None;
        }
        let letter = state.letters.pop_front()?;
        if state.letters.is_empty() {
            state.letters = VecDeque::new();
        }
        Some(Received::Letter(letter))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn letters_come_in_order_and_the_bound_holds() {
        let mailbox: Mailbox<u8, &str> = Mailbox::new(2);
        assert_eq!(mailbox.push(1), Ok(()));
        assert_eq!(mailbox.push(2), Ok(()));
        assert_eq!(mailbox.push(3), Err(Undelivered::Full));
        assert_eq!(mailbox.receive(true).await, Received::Letter(1));
        assert_eq!(mailbox.push(3), Ok(()));
        assert_eq!(mailbox.receive(true).await, Received::Letter(2));
        assert_eq!(mailbox.receive(true).await, Received::Letter(3));
        assert_eq!(mailbox.receive(true).now_or_never(), None);
    }

    #[tokio::test]
    async fn a_receiver_that_takes_no_letters_still_hears_of_the_end() {
        let mailbox: Mailbox<u8, &str> = Mailbox::new(2);
        assert_eq!(mailbox.push(1), Ok(()));
        assert_eq!(mailbox.receive(false).now_or_never(), None);
        mailbox.close("end");
        assert_eq!(mailbox.receive(false).await, Received::Closed("end"));
    }

    #[tokio::test]
    async fn closing_overtakes_letters_and_keeps_the_first_reason() {
        let mailbox: Mailbox<u8, &str> = Mailbox::new(2);
        assert_eq!(mailbox.push(1), Ok(()));
        mailbox.close("first");
        mailbox.close("second");
        assert_eq!(mailbox.receive(true).await, Received::Closed("first"));
        assert_eq!(mailbox.receive(true).await, Received::Closed("first"));
        assert_eq!(mailbox.push(2), Err(Undelivered::Closed));
    }

    #[tokio::test]
    async fn a_waiting_receiver_is_woken() {
        let mailbox = std::sync::Arc::new(Mailbox::<u8, &str>::new(2));
        let receiver = tokio::spawn({
            let mailbox = std::sync::Arc::clone(&mailbox);
            async move { mailbox.receive(true).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(mailbox.push(7), Ok(()));
        assert_eq!(receiver.await.unwrap(), Received::Letter(7));
    }
}
