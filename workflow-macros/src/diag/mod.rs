//! The mistakes that were found, and all wording: what is wrong, why a replay needs it, and after
//! `help:` what to write.

pub(crate) mod attribute;
pub(crate) mod determinism;
pub(crate) mod operation;
pub(crate) mod signature;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// All mistakes of one workflow, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Errors(Option<syn::Error>);

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
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The mistakes as `compile_error!`s.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        match &self.0 {
            Some(errors) => errors.to_compile_error(),
            None => TokenStream::new(),
        }
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
