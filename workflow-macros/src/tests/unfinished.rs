//! Code that somebody is writing: the compiler refuses it, an editor gets all of it.

use super::{expand_for, in_body, messages_for, refuse_body};
use crate::audience::Audience;

/// Half-written operations, and how far they are the same with a word at the cursor.
const UNFINISHED: [(&str, &str); 5] = [
    ("step!(\"a\", shop.", ")"),
    ("step!(\"a\", shop.charge(&order.", "))"),
    ("step!(\"a\", retry = Retry::", ", f())"),
    ("for x in xs { step!(\"a\", key = x.", ", f()).await?; }"),
    (
        "tokio::try_join!(step!(\"a\", shop.",
        "), step!(\"b\", f()))",
    ),
];

#[test]
fn what_is_not_finished_is_one_mistake_to_the_compiler() {
    for (before, after) in UNFINISHED {
        let text = refuse_body(&format!("{before}{after}"));
        assert!(text.contains("this is not a whole expression"), "{text}");
    }
    assert!(refuse_body("step!(\"a\", retry = , f())").contains("not a whole expression"));
}

#[test]
fn an_editor_gets_all_of_a_workflow_that_is_not_finished() {
    for (before, after) in UNFINISHED {
        let source = in_body(&format!("{before}{after}"));
        assert_eq!(messages_for(Audience::Editor, &source), [""; 0], "{source}");
    }
}

/// An editor expands the code once more with a word of its own at the cursor, and finds its way
/// back only where both are the same up to there.
#[test]
fn with_a_word_at_the_cursor_an_editor_gets_the_same_up_to_it() {
    for (before, after) in UNFINISHED {
        let expansion = |word: &str| {
            let source = format!("/// Docs.\n{}", in_body(&format!("{before}{word}{after}")));
            expand_for(Audience::Editor, &source)
                .to_string()
                .replace(' ', "")
        };
        let (without, with) = (expansion(""), expansion("cursor"));
        let common = with.split("cursor").next().expect("a text has a beginning");
        assert!(without.starts_with(common), "{without}\n\n{with}");
    }
}
