//! Values as the journal keeps them: JSON bytes, and the digest of an input.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

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
    if bytes.len() >= VALUE_BYTES_WARN {
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
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
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
    fn a_value_over_the_limit_is_refused_with_its_size() {
        let error = encode(&"x".repeat(VALUE_BYTES_MAX)).expect_err("too large");
        assert!(error.contains("8388610 bytes"), "{error}");
    }
}
