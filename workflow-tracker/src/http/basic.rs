//! The credentials of a url as a header: `Authorization: Basic …`.

use http::header::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The header that a url's user and password ask for; nothing where it has neither.
pub(super) fn authorization(url: &Url) -> Option<HeaderValue> {
    let (user, password) = (url.username(), url.password());
    if user.is_empty() && password.is_none() {
        return None;
    }
    let mut both: Vec<u8> = percent_decode_str(user).collect();
    both.push(b':');
    both.extend(percent_decode_str(password.unwrap_or_default()));
    let value = format!("Basic {}", base64(&both));
    let mut value = HeaderValue::try_from(value).expect("digits of base 64");
    value.set_sensitive(true);
    Some(value)
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let mut number = [0; 4];
        number[1..=three.len()].copy_from_slice(three);
        let number = u32::from_be_bytes(number);
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place)) as usize & 63];
            let is_there = place <= three.len();
            text.push(char::from(if is_there { digit } else { b'=' }));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn user_and_password_are_taken_as_they_were_meant() {
        let of = |url: &str| {
            let value = authorization(&Url::parse(url).expect("a url"));
            value.map(|value| {
                assert!(value.is_sensitive());
                value.to_str().expect("text").to_owned()
            })
        };
        let known = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        assert_eq!(
            of("https://Aladdin:open%20sesame@host/").as_deref(),
            Some(known)
        );
        assert_eq!(of("https://u@host/").as_deref(), Some("Basic dTo="));
        assert_eq!(of("https://:p@host/").as_deref(), Some("Basic OnA="));
        assert_eq!(of("https://host/"), None);
    }
}
