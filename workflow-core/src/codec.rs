//! Values as the journal keeps them: JSON bytes, and the digest of an input.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::sensitive;

/// The largest value that is recorded: 8 MiB.
pub(crate) const VALUE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// From this size on a value is recorded with a warning: 1 MiB.
pub(crate) const VALUE_BYTES_WARN: usize = 1024 * 1024;

/// A value as JSON, or why it cannot be one.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    let bytes = serde_json::to_vec(value).map_err(|error| error.to_string())?;
    if bytes.len() > VALUE_BYTES_MAX {
        return Err(format!(
            "it takes {} bytes and the limit is {VALUE_BYTES_MAX}; keep large data elsewhere \
             and record where it is",
            bytes.len()
        ));
    }
    if bytes.len() >= VALUE_BYTES_WARN && !sensitive::is_hidden() {
        tracing::warn!(
            target: "workflow_core",
            bytes = bytes.len(),
            value = std::any::type_name::<T>(),
            "a large value is recorded; keep large data elsewhere and record where it is"
        );
    }
    Ok(bytes)
}

/// The value that [`encode`] wrote, or why it is none of this type.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| without_value(&error.to_string()))
}

/// What serde says about a value that does not fit, without the value: `invalid type: string
/// "hunter2", expected u32` would put it into events and logs.
fn without_value(message: &str) -> String {
    let found = ["invalid type: ", "invalid value: ", "unknown variant "];
    let Some(begin) = found.iter().find_map(|found| message.strip_prefix(found)) else {
        return message.to_owned();
    };
    let said = &message[..message.len() - begin.len()];
    let kind = begin.find(['`', '"']).unwrap_or(begin.len());
    // What is expected is the program's own; the value may hold these words too.
    let expected = begin.rfind(", expected ").unwrap_or(begin.len());
    if kind >= expected {
        return message.to_owned();
    }
    let words = format!("{said}{}", &begin[..kind]);
    format!("{}{}", words.trim_end(), &begin[expected..])
}

/// SHA-256 of the canonical JSON of an input: equal inputs have equal digests.
pub(crate) fn digest(json: &[u8]) -> [u8; 32] {
    let canonical = match serde_json::from_slice::<Value>(json) {
        Ok(value) => sorted(value).to_string().into_bytes(),
        Err(_) => json.to_vec(),
    };
    Sha256::digest(&canonical).into()
}

/// The value with the keys of every object in order, whichever map `serde_json` was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_ignores_the_order_of_keys_and_nothing_else() {
        let digest_of = |json: &str| digest(json.as_bytes());
        assert_eq!(
            digest_of(r#"[{"b":1,"a":[{"d":2,"c":3}]}]"#),
            digest_of(r#"[ {"a":[{"c":3,"d":2}],"b":1} ]"#)
        );
        assert_ne!(digest_of("[1,2]"), digest_of("[2,1]"));
    }

    #[test]
    fn what_does_not_decode_is_not_repeated() {
        fn why<T: DeserializeOwned>(json: &str) -> String {
            let refused = decode::<T>(json.as_bytes()).err();
            refused.expect("it does not decode")
        }
        #[derive(Debug, serde::Deserialize)]
        enum Colour {
            Red,
        }
        assert_eq!(
            why::<u32>(r#""hunter2, expected x""#),
            "invalid type: string, expected u32 at line 1 column 21"
        );
        assert_eq!(
            why::<bool>("4242"),
            "invalid type: integer, expected a boolean at line 1 column 4"
        );
        assert_eq!(
            why::<u8>("4242"),
            "invalid value: integer, expected u8 at line 1 column 4"
        );
        assert_eq!(
            why::<Colour>(r#""hunter2""#),
            "unknown variant, expected `Red` at line 1 column 9"
        );
        assert_eq!(
            why::<u8>("[]"),
            "invalid type: sequence, expected u8 at line 1 column 0"
        );
        let _ = Colour::Red;
    }

    #[test]
    fn a_value_over_the_limit_is_refused_with_its_size() {
        let error = encode(&"x".repeat(VALUE_BYTES_MAX)).expect_err("too large");
        assert!(error.contains("8388610 bytes"), "{error}");
    }
}
