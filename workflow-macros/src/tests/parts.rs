//! Mistakes in parts and in their calls.

use super::{accept_body, messages, refuse, refuse_body};

/// The message about a part with these options, parameters and output.
#[track_caller]
fn refuse_part(options: &str, signature: &str) -> String {
    refuse(&part(options, signature))
}

fn part(options: &str, signature: &str) -> String {
    format!("#[workflow(part{options})] {signature} {{ step!(\"a\", f()).await }}")
}

#[test]
fn parts_take_and_give_what_they_like() {
    for signature in [
        "async fn p()",
        "async fn p(order: Order) -> Order",
        "async fn p(a: &str, b: &mut Vec<u8>, c: Option<&u8>, d: Cow<'_, str>) -> u8",
        "async fn p<'a>(a: &'a str, b: &str) -> Result<&'a str>",
        "async fn p(f: &dyn Fn(&str) -> &str, (a, b): (&u8, u8)) -> Option<&u8>",
        "async fn p(order: &Order, #[resource] shop: &Shop, #[resource] log: &dyn Log)",
    ] {
        assert_eq!(messages(&part("", signature)), [""; 0], "{signature}");
    }
    let options = ", crate = durable, allow(nondeterminism, reason = \"a hint only\")";
    assert_eq!(messages(&part(options, "async fn p()")), [""; 0]);
}

#[test]
fn a_part_is_one_function_for_all_types() {
    let text = refuse_part("", "async fn p<T: Item>(item: &T) -> T");
    assert!(text.contains("a part cannot be generic"), "{text}");
    let text = refuse_part("", "async fn p<const N: usize>(item: [u8; N])");
    assert!(text.contains("a part cannot be generic"), "{text}");
    let text = refuse_part("", "async fn p<'a>(item: &'a u8) where 'a: 'a");
    assert!(text.contains("a part cannot be generic"), "{text}");
    let text = refuse_part("", "async fn p(item: impl Item)");
    assert!(text.contains("`item: &dyn Trait`"), "{text}");
    let text = refuse_part("", "async fn p() -> impl Item");
    assert!(text.contains("name the type, or box it"), "{text}");
}

#[test]
fn a_part_stands_on_its_own() {
    assert!(refuse_part("", "async fn p(&self)").contains("a part cannot take `self`"));
    assert!(refuse_part("", "async fn p(shop: &Self)").contains("`Self` means nothing in a part"));
    assert!(refuse_part("", "async fn p() -> Self").contains("`Self` means nothing in a part"));
    let text = refuse_part("", "async fn p(#[cfg(unix)] n: u8)");
    assert!(
        text.contains("a parameter of a part cannot be conditional"),
        "{text}"
    );
    let text = refuse_part("", "async fn p(#[resource] shop: Shop)");
    assert!(text.contains("`#[resource] shop: &Shop`"), "{text}");
    let text = refuse_part("", "fn p()");
    assert!(text.contains("a part is an `async fn`"), "{text}");
    let text = refuse_part("", "async unsafe fn p()");
    assert!(text.contains("a part cannot be `unsafe`"), "{text}");
    let many = (1..=13).map(|n| format!("a{n}: u8")).collect::<Vec<_>>();
    let text = refuse_part("", &format!("async fn p({})", many.join(", ")));
    assert!(text.contains("a part takes up to 12 arguments"), "{text}");
}

#[test]
fn a_part_has_no_options_of_a_workflow() {
    let refuse = |option| refuse_part(option, "async fn p()");
    let text = refuse(", name = \"p\"");
    assert!(text.contains("a part has no `name`"), "{text}");
    let text = refuse(", version = 2");
    assert!(text.contains("a part has no `version`"), "{text}");
    let text = refuse(", capture = \"full\"");
    assert!(text.contains("a part has no `capture`"), "{text}");
    assert!(refuse(" = true").contains("`part` takes no value"));
    assert!(refuse("(true)").contains("`part` takes no value"));
    assert!(refuse(", part").contains("`part` is given twice"));
}

#[test]
fn calls_of_parts_are_accepted_wherever_they_are_evaluated() {
    for body in [
        "part!(\"a\", p(&order)).await?",
        "part!(\"a\", key = order.id, helpers::p(&order)).await",
        "for x in xs { part!(\"a\", key = _, p(x)).await; }",
        "part!(\"a\", p(step!(\"b\", f()).await?)).await",
        "tokio::join!(part!(\"a\", p(&order)), part!(\"b\", p(&order)))",
        "{ use helpers::p; part!(\"a\", p()).await }",
    ] {
        accept_body(body);
    }
}

#[test]
fn a_part_is_the_call_of_a_function_by_its_path() {
    assert!(refuse_body("part!(\"a\")").contains("the part `a` calls nothing"));
    assert!(refuse_body("part!(\"a\", p().await)").contains("remove this `.await`"));
    assert!(refuse_body("part!(\"a\", p().await?)").contains("write `part!(..).await?`"));
    assert!(refuse_body("part!(\"a\", shop.p(1))").contains("`p(&value, ..)`"));
    for no_call in [
        "async { 1 }",
        "|| p()",
        "p",
        "(p)()",
        "<T>::p()",
        "{ p() }",
        "p!()",
    ] {
        let text = refuse_body(&format!("part!(\"a\", {no_call})"));
        assert!(
            text.contains("`part!` takes the call of a function"),
            "{text}"
        );
    }
    assert!(refuse_body("part!(\"a\", move p())").contains("before the body of a step"));
    assert!(refuse_body("part!(\"a\", p(), p())").contains("a part is one call"));
}

#[test]
fn a_part_is_named_like_other_operations() {
    let text = refuse_body("part!(p(&order))");
    assert!(
        text.contains("the results inside it are found by it"),
        "{text}"
    );
    assert!(text.contains("part!(\"p\", p(&order))"), "{text}");
    let text = refuse_body("part!(\"A\", p())");
    assert!(text.contains("help: \"a\""), "{text}");
    let text = refuse_body("for x in xs { part!(\"a\", p(x)).await; }");
    assert!(text.contains("`part!(\"a\", key = .., ..)`"), "{text}");
    let text = refuse_body("part!(\"a\", retry = r, p())");
    assert!(
        text.contains("the only option of a part is `key`"),
        "{text}"
    );
    let found = messages(&super::in_body(
        "step!(\"a\", f()).await; part!(\"a\", p()).await",
    ));
    assert!(
        found[0].contains("give this part another name"),
        "{found:#?}"
    );
}

#[test]
fn a_part_is_no_checkpoint() {
    let text = refuse_body("step!(\"a\", async { part!(\"b\", p()).await })");
    assert!(
        text.contains("there is no `part!` inside the step `a`"),
        "{text}"
    );
    assert!(text.contains("before or after the step"), "{text}");
    let text = refuse_body("value!(\"a\", { part!(\"b\", p()); 1 })");
    assert!(
        text.contains("there is no `part!` inside the value `a`"),
        "{text}"
    );
}

#[test]
fn what_a_part_calls_is_declared_outside() {
    let text = refuse_body("#[workflow(part)] async fn p() {} part!(\"a\", p()).await");
    assert!(text.contains("`p` is declared inside the body"), "{text}");
}

#[test]
fn arguments_of_parts_are_evaluated_in_the_body() {
    let text = refuse_body("part!(\"a\", p(SystemTime::now())).await");
    assert!(
        text.contains("gives a different answer on replay"),
        "{text}"
    );
}
