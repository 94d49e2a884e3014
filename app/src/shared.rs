//! What the server worked out for a document, so that the browser that takes it over says the same.

use leptos::prelude::SharedValue;
use reader::Read;
use serde::Serialize;

/// The value that the server got from `initial`; where no server made the document, what `initial` gives here.
#[cfg(feature = "ssr")]
pub(crate) fn shared<T: Serialize + Read>(initial: impl FnOnce() -> T) -> T {
    let value = initial();
    SharedValue::new_str(|| serde_json::to_string(&value).unwrap_or_default());
    value
}

/// The value that the server got from `initial`; where no server made the document, what `initial` gives here.
#[cfg(not(feature = "ssr"))]
pub(crate) fn shared<T: Serialize + Read>(initial: impl FnOnce() -> T) -> T {
    let text = SharedValue::new_str(String::new).into_inner();
    reader::from_str(&text).unwrap_or_else(|_| initial())
}
