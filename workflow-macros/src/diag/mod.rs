//! The mistakes that were found, and all wording: what is wrong, why a replay needs it, and after
//! `help:` what to write.

pub(crate) mod attribute;
pub(crate) mod determinism;
pub(crate) mod operation;
pub(crate) mod outside;
pub(crate) mod part;
pub(crate) mod signature;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// All mistakes of one workflow, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    found: Option<syn::Error>,
    /// Mistakes that leave all of the workflow to compile.
    beside: Option<syn::Error>,
    /// Places where somebody may still be writing.
    unfinished: Option<syn::Error>,
}

impl Errors {
    /// A mistake at these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl AsRef<str>) {
        self.add(syn::Error::new_spanned(tokens, message.as_ref()));
    }

    /// A mistake at this place.
    pub(crate) fn on(&mut self, span: Span, message: impl AsRef<str>) {
        self.add(syn::Error::new(span, message.as_ref()));
    }

    /// A mistake that the parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        combine(&mut self.found, error);
    }

    /// A mistake after which the rest of the workflow compiles as if it were none: it is, so that
    /// the compiler's own findings come in the same build, and no import seems unused.
    pub(crate) fn beside(&mut self, tokens: impl ToTokens, message: impl AsRef<str>) {
        let error = syn::Error::new_spanned(tokens, message.as_ref());
        combine(&mut self.beside, error);
    }

    /// As [`beside`](Self::beside), at this place.
    pub(crate) fn beside_on(&mut self, span: Span, message: impl AsRef<str>) {
        combine(&mut self.beside, syn::Error::new(span, message.as_ref()));
    }

    /// A mistake that an editor does not hold against the rest of the workflow.
    pub(crate) fn unfinished(&mut self, error: syn::Error) {
        combine(&mut self.unfinished, error);
    }

    /// Forgets the mistakes of that kind.
    pub(crate) fn forgive_unfinished(&mut self) {
        self.unfinished = None;
    }

    /// Whether there is nothing that keeps the workflow from being compiled.
    pub(crate) const fn leave_all(&self) -> bool {
        self.found.is_none() && self.unfinished.is_none()
    }

    /// The mistakes as `compile_error!`s.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        let errors = self
            .found
            .iter()
            .chain(&self.beside)
            .chain(&self.unfinished);
        errors.map(syn::Error::to_compile_error).collect()
    }
}

fn combine(errors: &mut Option<syn::Error>, error: syn::Error) {
    match errors {
        Some(errors) => errors.combine(error),
        none => *none = Some(error),
    }
}

/// `help: did you mean ..`, if one of the words is near.
pub(crate) fn did_you_mean(found: &str, words: &[&str]) -> Option<String> {
    let (distance, word) = words
        .iter()
        .map(|word| (distance(found, word), word))
        .min()?;
    (distance <= found.len().max(word.len()).div_ceil(3)).then(|| format!("did you mean `{word}`?"))
}

/// The Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_words_are_offered_and_others_are_not() {
        let words = ["key", "retry", "retry_if", "timeout"];
        let offered = |found| did_you_mean(found, &words);
        assert_eq!(offered("retries").as_deref(), Some("did you mean `retry`?"));
        assert_eq!(
            offered("timout").as_deref(),
            Some("did you mean `timeout`?")
        );
        assert_eq!(offered("kee").as_deref(), Some("did you mean `key`?"));
        assert_eq!(offered("parallel"), None);
    }
}
