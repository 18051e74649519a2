//! What is asked, where, and what must be in the answer.

/// What an editor can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The type or the docs under the cursor.
    Hover,
    /// The text at the place where the thing under the cursor is defined.
    Definition,
    /// The names that fit at the cursor.
    Completion,
}

/// A question.
pub(crate) struct Probe {
    /// Where the cursor is, for people.
    pub(crate) place: &'static str,
    pub(crate) ask: Ask,
    /// What is replaced in the subject first, and by what: what somebody is just writing.
    pub(crate) edit: Option<(&'static str, &'static str)>,
    /// The place of the cursor, `|`, in its surroundings.
    pub(crate) at: &'static str,
    /// What the answer must contain.
    pub(crate) expect: &'static str,
}

const fn ask(place: &'static str, ask: Ask, at: &'static str, expect: &'static str) -> Probe {
    Probe {
        place,
        ask,
        edit: None,
        at,
        expect,
    }
}

const fn writing(
    place: &'static str,
    edit: (&'static str, &'static str),
    at: &'static str,
    expect: &'static str,
) -> Probe {
    Probe {
        place,
        ask: Ask::Completion,
        edit: Some(edit),
        at,
        expect,
    }
}

const BODY: &str = "in a step's body";
const OPTION: &str = "in an option";
const LOCAL: &str = "at what a step gave";
const JOIN: &str = "inside try_join!";
const BLOCK: &str = "in an async block inside try_join!";
const LOOP: &str = "in a loop, with a key";
const NAME: &str = "at the operation itself";
const VALUE: &str = "in a value";
const OUTSIDE: &str = "at the workflow's name";
const HALF_BODY: &str = "while a step's body is incomplete";
const HALF_JOIN: &str = "while a step in try_join! is incomplete";
const HALF_OPTION: &str = "while an option is incomplete";
const HALF_STATEMENT: &str = "while a statement is incomplete";
const MISTAKE: &str = "beside a mistake";

use Ask::{Completion, Definition, Hover};

/// All of them, place by place.
pub(crate) const PROBES: &[Probe] = &[
    ask(
        BODY,
        Hover,
        "shop.cha|rge(&order)",
        "fn charge(&self, order: &Order)",
    ),
    ask(BODY, Hover, "charge(&or|der)", "order: Order"),
    ask(
        BODY,
        Definition,
        "shop.cha|rge(&order)",
        "pub async fn charge",
    ),
    ask(BODY, Completion, "shop.|charge(&order)", "charge"),
    ask(OPTION, Hover, "retry = pol|icy,", "policy: Retry"),
    ask(OPTION, Definition, "retry = pol|icy,", "let policy = "),
    ask(OPTION, Completion, "retry = pol|icy,", "policy"),
    ask(LOCAL, Hover, "let pay|ment = step!", "payment: Payment"),
    ask(LOCAL, Definition, "copy + payment.ce|nts", "pub cents: u64"),
    ask(LOCAL, Completion, "copy + payment.|cents", "cents"),
    ask(
        JOIN,
        Hover,
        "\"label\", shop.la|bel(&payment)",
        "fn label(&self, payment: &Payment)",
    ),
    ask(
        JOIN,
        Hover,
        "\"label\", shop.label(&pay|ment)",
        "payment: Payment",
    ),
    ask(
        JOIN,
        Definition,
        "\"label\", shop.la|bel(&payment)",
        "pub async fn label",
    ),
    ask(
        JOIN,
        Completion,
        "\"label\", shop.|label(&payment)",
        "label",
    ),
    ask(
        BLOCK,
        Hover,
        "async { shop.la|bel",
        "fn label(&self, payment: &Payment)",
    ),
    ask(
        BLOCK,
        Definition,
        "async { shop.la|bel",
        "pub async fn label",
    ),
    ask(BLOCK, Completion, "async { shop.|label", "label"),
    ask(LOOP, Hover, "key = it|em.sku", "item: &Item"),
    ask(LOOP, Definition, "key = item.s|ku", "pub sku: String"),
    ask(LOOP, Completion, "key = item.|sku", "sku"),
    ask(NAME, Hover, "payment = st|ep!", "remembers the result"),
    ask(NAME, Hover, "sle|ep!(\"settle\"", "durable sleep"),
    ask(VALUE, Hover, "let n|ow = value!", "now: SystemTime"),
    ask(VALUE, Hover, "SystemTime::no|w()", "fn now() -> SystemTime"),
    ask(VALUE, Completion, "SystemTime::|now()", "now"),
    ask(
        OUTSIDE,
        Hover,
        "async fn se|ll(",
        "Call<Output = Result<u64>>",
    ),
    writing(
        HALF_BODY,
        ("shop.charge(&order)", "shop."),
        "\"30s\",\n        shop.|\n",
        "charge",
    ),
    writing(
        HALF_BODY,
        ("shop.charge(&order)", "shop.charge(&order.)"),
        "shop.charge(&order.|)",
        "number",
    ),
    writing(
        HALF_BODY,
        ("async { shop.label(&payment).await }", "async { shop. }"),
        "async { shop.| }",
        "label",
    ),
    writing(
        HALF_JOIN,
        ("\"label\", shop.label(&payment)", "\"label\", shop."),
        "\"label\", shop.|",
        "label",
    ),
    writing(
        HALF_JOIN,
        (
            "\"label\", shop.label(&payment)",
            "\"label\", shop.label(&pay)",
        ),
        "shop.label(&pay|)",
        "payment",
    ),
    writing(
        HALF_OPTION,
        ("retry = policy,", "retry = Retry::,"),
        "retry = Retry::|,",
        "exponential",
    ),
    writing(
        HALF_OPTION,
        ("key = item.sku,", "key = item.,"),
        "key = item.|,",
        "sku",
    ),
    writing(
        HALF_STATEMENT,
        ("sleep!(\"settle\", \"1 day\").await;", "payment."),
        "    payment.|",
        "cents",
    ),
    writing(
        HALF_STATEMENT,
        (
            "sleep!(\"settle\", \"1 day\").await;",
            "let more = order.items.",
        ),
        "order.items.|",
        "len",
    ),
    writing(
        MISTAKE,
        (
            "step!(\"ship\", key = item.sku, shop.ship(item))",
            "step!(\"charge\", shop.ship(item))",
        ),
        "\"30s\",\n        shop.|charge",
        "charge",
    ),
];
