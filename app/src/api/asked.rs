//! What a page asks the server for when it is shown: the one way in which a page reads.
//!
//! A [`Resource`] of its own kind of answer for each question costs the browser some 20 kB of code a page. Here the
//! browser keeps every answer as the text that came ([`text`]), and reads it where it is shown.

#[cfg(not(feature = "ssr"))]
mod text;

use std::fmt;
use std::future::IntoFuture;
#[cfg(not(feature = "ssr"))]
use std::marker::PhantomData;

#[cfg(feature = "ssr")]
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use reader::Read;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;
#[cfg(not(feature = "ssr"))]
use super::exchange;

#[cfg(feature = "ssr")]
type Kept<T> = Resource<Result<T, Problem>>;
#[cfg(not(feature = "ssr"))]
type Kept<T> = (text::Answer, PhantomData<fn() -> T>);

/// A question of a page and its answer, on its way or here. `Copy`; `await` it in a `Suspend`.
pub struct Asked<T: Send + Sync + 'static>(Kept<T>);

impl<T: Send + Sync> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Asked<T> {}

impl<T: Send + Sync> fmt::Debug for Asked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

/// Asks the server, and again whenever the question changes. Call it in the `view` of a page, never in a `Suspend`.
pub fn ask<F>(question: impl Fn() -> F + Send + Sync + 'static) -> Asked<F::Output>
where
    F: ServerFn<Error = Problem> + Serialize + 'static,
    F::Output: Serialize + DeserializeOwned + Read + Clone + Send + Sync + 'static,
{
    ask_if(move || Ok(question()))
}

/// As [`ask`], where the page knows of some questions that they have no answer: its problem is the answer then.
#[cfg(feature = "ssr")]
pub fn ask_if<F>(
    question: impl Fn() -> Result<F, Problem> + Send + Sync + 'static,
) -> Asked<F::Output>
where
    F: ServerFn<Error = Problem> + Serialize + 'static,
    F::Output: Serialize + DeserializeOwned + Read + Clone + Send + Sync + 'static,
{
    let fetch = move |()| {
        let question = question();
        async move { question?.run_body().await }
    };
    Asked(Resource::new(|| (), fetch))
}

/// As [`ask`], where the page knows of some questions that they have no answer: its problem is the answer then.
#[cfg(not(feature = "ssr"))]
pub fn ask_if<F>(
    question: impl Fn() -> Result<F, Problem> + Send + Sync + 'static,
) -> Asked<F::Output>
where
    F: ServerFn<Error = Problem> + Serialize + 'static,
    F::Output: Serialize + DeserializeOwned + Read + Clone + Send + Sync + 'static,
{
    let question = Box::new(move || exchange::query(&question()?));
    Asked((text::ask(F::PATH, question), PhantomData))
}

impl<T: Send + Sync> Asked<T> {
    /// Asks the same again. Only a browser does: the server asks once.
    pub fn refetch(self) {
        #[cfg(not(feature = "ssr"))]
        self.0.0.refetch();
    }
}

#[cfg(feature = "ssr")]
impl<T: Clone + Send + Sync> IntoFuture for Asked<T> {
    type Output = Result<T, Problem>;
    type IntoFuture = <Kept<T> as IntoFuture>::IntoFuture;

    fn into_future(self) -> Self::IntoFuture {
        self.0.into_future()
    }
}

#[cfg(not(feature = "ssr"))]
impl<T: Read + Send + Sync> IntoFuture for Asked<T> {
    type Output = Result<T, Problem>;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.0.0.await.read() })
    }
}
