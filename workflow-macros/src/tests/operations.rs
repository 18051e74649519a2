//! Mistakes in operations.

use crate::model::Kind;
use crate::workflow::misplaced;

use super::{accept_body, in_body, messages, refuse, refuse_body};

#[test]
fn operations_are_accepted_wherever_they_are_evaluated() {
    for body in [
        "step!(\"a\", f()).await?",
        "let a = step!(\"a\", key = order.id, retry = Retry::standard(), timeout = \"3s\", f())",
        "step!(\"a\", move f(order)).await?",
        "step!(\"a\", retry = r, retry_if = |e| e.x(), async { f().await })",
        "sleep!(\"a\", \"1 day\").await; sleep!(\"b\", until = t).await; sleep!(\"c\", d).await",
        "for x in xs { step!(\"a\", key = x.id, f(x)).await?; }",
        "for x in xs { step!(\"a\", key = _, f(x)).await?; }",
        "loop { step!(\"a\", f()).await?; }",
        "while step!(\"a\", f()).await? {}",
        "if c { step!(\"a\", f()).await? } else { step!(\"b\", f()).await? }",
        "let Some(x) = step!(\"a\", f()).await? else { return step!(\"b\", f()).await; }",
        "tokio::try_join!(step!(\"a\", f()), async { step!(\"b\", f()).await })?",
        "tokio::select! { x = step!(\"a\", f()) => x?, _ = sleep!(\"b\", \"1s\") => {} }",
        "let f = async { step!(\"a\", f()).await }; f.await?",
        "workflow_core::step!(\"a\", f()).await?",
        "json!({ \"a\": step!(\"a\", f()).await?, \"b\": [step!(\"b\", f()).await?] })",
        "step!(\"a\", async { let mut x = 1; x += 1; g(&mut x).await })",
        "let queue = q(); step!(\"a\", queue.push(order)).await?",
        "let mut xs = v(); xs.push(1); step!(\"a\", async { let mut ys = w(); ys.push(1); f(&xs) })",
        "let mut xs = v(); xs.push(1); step!(\"a\", move async { xs.push(2); f(xs).await })",
        "let now = value!(\"now\", SystemTime::now()).await",
        "for x in xs { value!(\"a\", key = x.id, { let mut n = 1; n += x.n; n }).await; }",
        "let a: u64 = wait!(\"a\").await?; let () = wait!(\"b\", timeout = \"3 days\").await?;",
        "let a: u64 = wait!(\"a\", key = order.id, signal = \"b\", timeout = order.limit).await?",
        "child!(\"a\", invoice(order)).await?; child!(\"b\", key = 1, m::invoice(order)).await?",
        "child!(\"a\", invoice(step!(\"b\", f()).await?)).await?",
        "for x in xs { child!(\"a\", key = x.id, invoice(x)).await?; }",
        "value!(\"a\", xs.iter().map(|x| { let y = x?; Some(y) }).count()).await",
    ] {
        accept_body(body);
    }
}

#[test]
fn an_operation_has_a_name() {
    assert!(refuse_body("step!()").contains("a step starts with its name"));
    assert!(refuse_body("step!(ship(&order))").contains("step!(\"ship\", ship(&order))"));
    assert!(refuse_body("step!(a.ship())").contains("step!(\"ship\", a.ship())"));
    assert!(refuse_body("step!(async { f().await })").contains("a step starts with its name"));
    assert!(refuse_body("sleep!(delay)").contains("sleep!(\"settle\", delay)"));
    let text = refuse_body("value!(rand::random())");
    assert!(text.contains("value!(\"random\", rand::random())"));
}

#[test]
fn a_body_does_not_change_a_collection_of_the_workflow() {
    let body = "let mut paid = Vec::new(); step!(\"a\", async { paid.push(f().await?); g() })";
    assert!(refuse_body(body).contains("a change to `paid` would be lost"));
    let body = "order.items.push(3); step!(\"a\", async { order.items.clear(); f().await })";
    let source = in_body(body).replace("order: Order", "mut order: Order");
    assert!(refuse(&source).contains("a change to `order` would be lost"));
}

#[test]
fn a_name_is_a_literal() {
    assert!(refuse_body("step!(NAME, f())").contains("the name of a step is a string literal"));
    let formatted = refuse_body("step!(format!(\"a-{i}\"), f())");
    assert!(formatted.contains("what tells one of many apart is its key"));
    assert!(refuse_body("step!(1, f())").contains("is a string literal"));
}

#[test]
fn a_name_is_well_spelled() {
    assert!(refuse_body("step!(\"\", f())").contains("the name of this step is empty"));
    let text = refuse_body("step!(\"Charge card\", f())");
    assert!(text.contains("it has `C`"), "{text}");
    assert!(text.contains("help: \"charge-card\""), "{text}");
}

#[test]
fn a_sleep_gets_a_name_before_its_length() {
    let text = refuse_body("sleep!(\"5 seconds\").await");
    assert!(text.contains("give the sleep a name first"));
    assert!(text.contains("sleep!(\"wait\", \"5 seconds\")"));
}

#[test]
fn an_operation_has_a_value() {
    assert!(refuse_body("step!(\"a\")").contains("the step `a` has no body"));
    assert!(refuse_body("step!(\"a\", key = 3)").contains("the step `a` has no body"));
    assert!(refuse_body("sleep!(\"a\")").contains("does not say how long"));
    assert!(refuse_body("value!(\"a\")").contains("the value `a` has no expression"));
    assert!(refuse_body("value!(\"a\", f(), g())").contains("a value has one expression"));
    assert!(refuse_body("step!(\"a\", f(), g())").contains("a step has one body"));
    assert!(refuse_body("sleep!(\"a\", \"1s\", until = t)").contains("options come before"));
    assert!(refuse_body("sleep!(\"a\", until = t, \"1s\")").contains("not both"));
}

#[test]
fn options_come_first_and_once() {
    let text = refuse_body("step!(\"a\", f(), retry = r)");
    assert!(text.contains("options come before the body"));
    assert!(text.contains("step!(\"..\", retry = .., body)"));
    assert!(refuse_body("step!(\"a\", key = 1, key = 2, f())").contains("`key` is given twice"));
}

#[test]
fn small_slips_are_named() {
    for body in [
        "step!(\"a\" f())",
        "step!(\"a\", retry = r f())",
        "step!(\"a\", f() g())",
    ] {
        assert!(
            refuse_body(body).contains("a `,` is missing before this"),
            "{body}"
        );
    }
    let text = refuse_body("step!(\"a\", key: order.id, f())");
    assert!(text.contains("options are written with `=`"));
    assert!(refuse_body("step!(\"a\".to_owned(), f())").contains("is a string literal"));
}

#[test]
fn an_unknown_option_gets_the_nearest_one() {
    assert!(refuse_body("step!(\"a\", retries = r, f())").contains("did you mean `retry`?"));
    let text = refuse_body("step!(\"a\", parallelism = 3, f())");
    assert!(text.contains("the options of a step are `key`, `retry`, `retry_if`, `timeout`"));
    assert!(refuse_body("sleep!(\"a\", util = t, d)").contains("did you mean `until`?"));
}

#[test]
fn two_operations_of_one_name_are_refused_at_both() {
    let found = messages(&in_body("step!(\"a\", f()).await?; sleep!(\"a\", d).await"));
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("there are two operations named `a`"));
    assert!(found[0].contains("give this sleep another name"));
    assert!(found[1].contains("`a` is first used here"));
}

#[test]
fn one_name_under_conditions_is_refused_where_they_meet() {
    let body = "#[cfg(a)] step!(\"a\", f()).await?; #[cfg(b)] { step!(\"a\", g()).await? }";
    let tokens = super::expand(&in_body(body)).to_string().replace(' ', "");
    let refusal = "#[cfg(a)]#[cfg(b)]::core::compile_error!{\"therearetwooperationsnamed`a`";
    assert!(tokens.contains(refusal), "{tokens}");
}

#[test]
fn what_runs_for_many_items_has_a_key() {
    let text = refuse_body("for x in xs { step!(\"ship\", ship(x)).await?; }");
    assert!(text.contains(
        "`ship` is inside a loop over items, so it needs a key that names the item: \
         `step!(\"ship\", key = .., ..)`"
    ));
    let text = refuse_body("xs.map(|x| step!(\"ship\", move ship(x)))");
    assert!(text.contains("`ship` is inside a closure"));
    let text = refuse_body("for x in xs { loop { step!(\"ship\", ship(x)).await?; } }");
    assert!(text.contains("inside a loop over items"));
    let text = refuse_body("select! { x = y => { for x in xs { step!(\"a\", f()).await?; } } }");
    assert!(text.contains("inside a loop over items"));
    let text = refuse_body("odd! { x => for y in z { step!(\"a\", f()).await?; } }");
    assert!(text.contains("inside a loop over items"));
}

#[test]
fn a_step_contains_no_operation() {
    let text = refuse_body("step!(\"a\", async { step!(\"b\", f()).await })");
    assert!(text.contains("no `step!` inside the step `a`"));
    assert!(text.contains("a step is one checkpoint"));
    let text = refuse_body("step!(\"a\", async { try_join!(sleep!(\"b\", d)) })");
    assert!(text.contains("no `sleep!` inside the step `a`"));
}

#[test]
fn an_operation_is_directly_in_the_body() {
    let only = "`step!` only works written directly in the body";
    let text = refuse_body("async fn f() { step!(\"a\", g()).await }");
    assert!(text.contains(only));
    accept_body("#[workflow] async fn inner() -> Result<()> { step!(\"a\", f()).await }");
    let text = refuse_body("macro_rules! m { () => { step!(\"a\", g()) } }");
    assert!(text.contains(only));
}

#[test]
fn a_body_is_the_future_itself() {
    assert!(refuse_body("step!(\"a\", f().await)").contains("help: remove this `.await`"));
    for body in ["|| f()", "move || f()", "|x| f(x)", "async || f().await"] {
        let text = refuse_body(&format!("step!(\"a\", {body})"));
        assert!(text.contains("the body is no closure"), "{text}");
    }
}

#[test]
fn a_body_changes_nothing_of_the_workflow() {
    for body in [
        "f(&mut total)",
        "async { total = 3; Ok(()) }",
        "async { total += f().await?; Ok(()) }",
        "f(&mut total.sum)",
        "async { totals[0] = 3; Ok(()) }",
    ] {
        let text = refuse_body(&format!("step!(\"a\", {body}).await?"));
        assert!(text.contains("a change to `total"), "{text}");
    }
    accept_body("step!(\"a\", move f(&mut connection)).await?");
    accept_body("step!(\"a\", async { for mut x in 0..3 { x += 1; } Ok(()) }).await?");
}

#[test]
fn a_value_is_taken_at_once() {
    let text = refuse_body("value!(\"a\", f().await).await");
    assert!(text.contains("there is no `.await` inside it"), "{text}");
    assert!(refuse_body("value!(\"a\", f()?).await").contains("what can fail is a step"));
    assert!(refuse_body("value!(\"a\", return f()).await").contains("no `return` inside"));
    assert!(refuse_body("value!(\"a\", || f()).await").contains("remove the `||`"));
    assert!(refuse_body("value!(\"a\", move f()).await").contains("`move` belongs before"));
}

#[test]
fn a_value_changes_nothing_and_contains_no_operation() {
    let text = refuse_body("value!(\"a\", { total += 1; total }).await");
    assert!(text.contains("without evaluating the expression, so a change to `total`"));
    assert!(refuse_body("value!(\"a\", f(&mut rng)).await").contains("a change to `rng`"));
    let text = refuse_body("value!(\"a\", value!(\"b\", f())).await");
    assert!(text.contains("so there is no `value!` inside the value `a`"));
    let text = refuse_body("step!(\"a\", async { value!(\"b\", f()) })");
    assert!(text.contains("so there is no `value!` inside the step `a`"));
    assert!(
        refuse_body("value!(\"a\", timeout = t, f())").contains("the only option of a value is")
    );
}

#[test]
fn literal_durations_are_durations() {
    let refuse_length = |text: &str| refuse_body(&format!("sleep!(\"a\", {text})"));
    let parsecs = refuse_length("\"5 parsecs\"");
    assert!(parsecs.contains("there is no unit `parsecs`"));
    assert!(parsecs.contains("the units are ms, s, m (minutes)"));
    assert!(refuse_length("\"-1s\"").contains("time only goes forward"));
    assert!(refuse_length("\"\"").contains("it is empty"));
    assert!(refuse_length("\"5\"").contains("the unit is missing"));
    assert!(refuse_length("5").contains("`5` has no unit"));
    assert!(refuse_length("-5").contains("`-5` has no unit"));
    assert!(refuse_body("step!(\"a\", timeout = \"1 sek\", f())").contains("no unit `sek`"));
    let retry = "step!(\"a\", retry = Retry::exponential(\"1 sek\").cap(\"1 min\"), f())";
    assert!(refuse_body(retry).contains("no unit `sek`"));
    let list = "step!(\"a\", retry = Retry::list([\"1s\", \"x\"]).times(3), f())";
    assert!(refuse_body(list).contains("\"x\" is no duration"));
}

#[test]
fn a_retry_is_a_policy() {
    assert!(refuse_body("step!(\"a\", retry = 3, f())").contains(".times(3)"));
    assert!(refuse_body("step!(\"a\", retry_if = |e| true, f())").contains("there is no `retry`"));
}

#[test]
fn a_misplaced_operation_says_where_it_works() {
    let misplaced = |tokens: &str| {
        let tokens = tokens.parse().expect("tokens");
        let mut found = Vec::new();
        super::compile_errors(misplaced(Kind::Step, tokens), &mut found);
        found
    };
    assert!(misplaced("\"a\", f()")[0].contains("marked `#[workflow]`"));
    assert!(misplaced("")[0].contains("marked `#[workflow]`"));
    assert_eq!(misplaced("@used"), [""; 0]);
}

#[test]
fn all_mistakes_of_a_body_are_reported_at_once() {
    let found = messages(&in_body(
        "step!(\"\", f()).await?; sleep!(\"x\", \"y\").await; step!(\"z\", f().await)",
    ));
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn a_function_with_a_mistake_keeps_its_type() {
    let tokens = super::expand("#[workflow] async fn w(a: u8) -> Result<u8> { step!() }");
    let text = tokens.to_string().replace(' ', "");
    assert!(text.contains("fnw(a:u8)->impl::workflow_core::Call<Output=Result<u8>>"));
    let _ = refuse("#[workflow] async fn w(a: u8) -> Result<u8> { step!() }");
}

#[test]
fn a_wait_takes_no_value() {
    let said = refuse_body("wait!(\"approval\", \"3 days\")");
    assert!(said.contains("a wait takes no value"), "{said}");
    assert!(said.contains("timeout = \"3 days\""), "{said}");
    let said = refuse_body("wait!(\"approval\", order)");
    assert!(
        said.contains("let value: Approval = wait!(\"approval\").await?;"),
        "{said}"
    );
    let said = refuse_body("wait!(\"approval\", timeout = \"3 moons\")");
    assert!(said.contains("there is no unit `moons`"), "{said}");
    let said = refuse_body("wait!(\"approval\", signal = \"Approved!\")");
    assert!(said.contains("`Approved!` is no name"), "{said}");
    let said = refuse_body("wait!(\"approval\", singal = \"approved\")");
    assert!(said.contains("`wait!` has no option `singal`"), "{said}");
    assert!(said.contains("signal"), "{said}");
    let said = refuse_body("for x in xs { let () = wait!(\"approval\").await?; }");
    assert!(said.contains("needs a key"), "{said}");
}

#[test]
fn a_child_is_a_call_that_is_not_awaited() {
    let said = refuse_body("child!(\"invoice\", invoice(order).await)");
    assert!(said.contains("`child!` takes the call itself"), "{said}");
    assert!(said.contains("remove this `.await`"), "{said}");
    let said = refuse_body("child!(\"invoice\", invoice(order).await?)");
    assert!(said.contains("remove this `?`"), "{said}");
    let said = refuse_body("child!(\"invoice\", || invoice(order))");
    assert!(said.contains("takes no closure"), "{said}");
    let said = refuse_body("child!(\"invoice\")");
    assert!(
        said.contains("the child `invoice` starts nothing"),
        "{said}"
    );
    let said = refuse_body("child!(\"invoice\", move invoice(order))");
    assert!(
        said.contains("`move` belongs before the body of a step"),
        "{said}"
    );
    let said = refuse_body("step!(\"a\", async { child!(\"b\", invoice(order)).await })");
    assert!(
        said.contains("there is no `child!` inside the step `a`"),
        "{said}"
    );
}
