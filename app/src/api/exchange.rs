//! How server functions are asked and answer: HTTP as the framework has it on the server, and in the browser one request
//! for all of them.
//!
//! The framework's own way writes, sends and reads in code of its own for each function, some 4 kB each. Here a question
//! is written and an answer is read for each; what lies between is there once.

#[cfg(not(feature = "ssr"))]
mod browser;

use std::marker::PhantomData;

use http::Method;
use leptos::server_fn::codec::{
    Encoding, FromReq, FromRes, GetUrl, IntoReq, IntoRes, Json, PostUrl,
};
use leptos::server_fn::{self, Http, Protocol};
use reader::Read;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Problem, json};
#[cfg(not(feature = "ssr"))]
pub(super) use browser::{Question, exchange, query, read, refusal};

/// Asked with the query of a URL: for what only reads.
pub type Get = Exchange<GetUrl>;
/// Asked with a form: for what changes something.
pub type Post = Exchange<PostUrl>;
/// Asked with JSON: for what is deeper than a form.
pub type PostJson = Exchange<Json>;

/// A question in that encoding, answered as JSON.
#[derive(Debug)]
pub struct Exchange<Encoded>(PhantomData<Encoded>);

impl<Encoded, Input, Output, Client, Server> Protocol<Input, Output, Client, Server, Problem>
    for Exchange<Encoded>
where
    Encoded: Encoding,
    Input: IntoReq<Encoded, Client::Request, Problem>
        + FromReq<Encoded, Server::Request, Problem>
        + Serialize
        + Send,
    Output: IntoRes<json::Json, Server::Response, Problem>
        + FromRes<json::Json, Client::Response, Problem>
        + DeserializeOwned
        + Read
        + Send,
    Client: server_fn::client::Client<Problem>,
    Server: server_fn::server::Server<Problem>,
{
    const METHOD: Method = Encoded::METHOD;

    fn run_server<F, Fut>(
        request: Server::Request,
        function: F,
    ) -> impl Future<Output = Result<Server::Response, Problem>> + Send
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, Problem>> + Send,
    {
        <Http<Encoded, json::Json> as Protocol<Input, Output, Client, Server, Problem>>::run_server(
            request, function,
        )
    }

    #[cfg(feature = "ssr")]
    fn run_client(
        path: &str,
        input: Input,
    ) -> impl Future<Output = Result<Output, Problem>> + Send {
        <Http<Encoded, json::Json> as Protocol<Input, Output, Client, Server, Problem>>::run_client(
            path, input,
        )
    }

    #[cfg(not(feature = "ssr"))]
    fn run_client(
        path: &str,
        input: Input,
    ) -> impl Future<Output = Result<Output, Problem>> + Send {
        let question = Question::write::<Encoded>(&input);
        let answer = browser::send(path.to_owned(), question);
        async move { read(&answer.await?) }
    }
}
