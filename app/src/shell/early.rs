//! The file with the parts of the program that a page needs is named in the head of its document, so that the browser
//! fetches it beside the program and not after it.
//!
//! Leptos would do it from its `WasmSplitManifest`, but reads that context after the page was awaited, on a thread where
//! the page's owner may no longer be current: the parts are then left out.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Link;

/// Which parts of the program each page needs: a context of the document.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The address of the JavaScript that loads parts.
    pub loader: String,
    /// The address of the file with all parts of a page, by the name of the page's type.
    pub of_page: Arc<HashMap<String, String>>,
}

impl Parts {
    /// Of what the build says: the root of built files, the loader's name, and the file of each lazy function.
    pub fn new<'a>(
        root: &str,
        loader: &str,
        of_function: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let of_page = of_function.filter_map(|(function, file)| {
            Some((page_of(function)?, format!("{root}/{file}.wasm")))
        });
        Self {
            loader: format!("{root}/{loader}"),
            of_page: Arc::new(of_page.collect()),
        }
    }
}

/// `DevicePage` of `__device_page_view_9914366511434733668`, as the macro of lazy routes writes it.
fn page_of(function: &str) -> Option<String> {
    let (name, _) = function.strip_prefix("__")?.rsplit_once("_view_")?;
    let capitalized = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next()?.to_ascii_uppercase();
        Some(format!("{first}{}", letters.as_str()))
    };
    name.split('_').map(capitalized).collect()
}

/// Names the file of a page, by the name of its type, in the head of the document.
pub(crate) fn name_parts(page: &str) {
    let Some(parts) = use_context::<Parts>() else {
        return;
    };
    let Some(file) = parts.of_page.get(page).cloned() else {
        return;
    };
    // Written, a tag of `leptos_meta` goes to the head; what it gives back is empty.
    let _ = view! { <Link rel="preload" href=file as_="fetch" type_="application/wasm" crossorigin="anonymous" /> }
        .to_html();
    let _ = view! { <Link rel="modulepreload" href=parts.loader /> }.to_html();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_by_the_name_of_its_function() {
        assert_eq!(
            page_of("__enroll_many_page_view_3135834286921497554").as_deref(),
            Some("EnrollManyPage")
        );
        assert_eq!(page_of("palette_311"), None);
    }
}
