//! Mistakes in a workflow's signature.

use super::{messages, refuse};

/// The message about a signature with a body that is right.
#[track_caller]
fn refuse_sig(signature: &str) -> String {
    refuse(&format!("#[workflow] {signature} {{ todo!() }}"))
}

#[track_caller]
fn accept_sig(signature: &str) {
    let source = format!("#[workflow] {signature} {{ todo!() }}");
    assert_eq!(messages(&source), [""; 0], "{signature}");
}

#[test]
fn signatures_are_accepted() {
    accept_sig("async fn w() -> Result<()>");
    accept_sig("pub(crate) async fn w(mut a: u8, (b, c): (u8, u8), Order { id, .. }: Order) -> R");
    accept_sig("async fn w(#[resource] shop: &Shop, #[resource] log: &dyn Log) -> Result<()>");
    accept_sig("async fn w(a: Vec<Option<String>>) -> std::result::Result<(), Failure>");
}

#[test]
fn a_workflow_is_async() {
    assert!(refuse_sig("fn w() -> Result<()>").contains("help: write `async fn w`"));
}

#[test]
fn a_workflow_is_nothing_else() {
    assert!(refuse_sig("const async fn w() -> Result<()>").contains("cannot be `const`"));
    assert!(refuse_sig("async unsafe fn w() -> Result<()>").contains("cannot be `unsafe`"));
    assert!(refuse_sig("async extern \"C\" fn w() -> Result<()>").contains("cannot be `extern`"));
}

#[test]
fn a_workflow_is_not_generic() {
    let no_types = "the engine finds it by name, with no types to fill in";
    assert!(refuse_sig("async fn w<T>(a: T) -> Result<()>").contains(no_types));
    assert!(refuse_sig("async fn w<const N: usize>() -> Result<()>").contains(no_types));
    assert!(refuse_sig("async fn w() -> Result<()> where u8: Copy").contains(no_types));
    assert!(refuse_sig("async fn w<'a>() -> Result<()>").contains("cannot have lifetimes"));
}

#[test]
fn a_workflow_takes_no_self() {
    assert!(refuse_sig("async fn w(&self) -> Result<()>").contains("cannot take `self`"));
    let other = "async fn w(self: Arc<Self>, a: u8) -> Result<()>";
    assert!(refuse_sig(other).contains("there is no value to call it on"));
}

#[test]
fn an_input_is_owned() {
    let text = refuse_sig("async fn w(name: &str) -> Result<()>");
    assert!(text.contains("`name` is borrowed"));
    assert!(text.contains("help: write `name: String`"));
    assert!(!text.contains("#[resource]"));
    assert!(refuse_sig("async fn w(a: &[Item]) -> Result<()>").contains("`a: Vec<Item>`"));
    let shop = refuse_sig("async fn w(shop: &Shop) -> Result<()>");
    assert!(shop.contains("the engine keeps it: `#[resource] shop: &Shop`"));
    assert!(refuse_sig("async fn w(a: Option<&str>) -> Result<()>").contains("`a` borrows"));
    assert!(refuse_sig("async fn w(a: Cow<'_, str>) -> Result<()>").contains("`a` borrows"));
}

#[test]
fn types_have_names() {
    let input = "async fn w(a: impl Into<String>) -> Result<()>";
    assert!(refuse_sig(input).contains("`a` cannot be an `impl Trait`"));
    let output = "async fn w() -> Result<impl Serialize>";
    assert!(refuse_sig(output).contains("the output cannot be an `impl Trait`"));
    assert!(refuse_sig("async fn w() -> impl Serialize").contains("the output cannot be"));
    assert!(refuse_sig("async fn w(a: Self) -> Result<()>").contains("`Self` means nothing"));
}

#[test]
fn a_workflow_returns_a_result() {
    assert!(refuse_sig("async fn w()").contains("write `-> workflow_core::Result<()>`"));
    for ty in ["u32", "Option<u8>", "(u8, u8)", "String", "Vec<u8>"] {
        let text = refuse_sig(&format!("async fn w() -> {ty}"));
        assert!(
            text.contains(&format!("`-> workflow_core::Result<{ty}>`")),
            "{text}"
        );
    }
}

#[test]
fn twelve_inputs_are_accepted_and_thirteen_are_not() {
    let with = |n: usize| {
        let inputs: Vec<_> = (0..n).map(|i| format!("a{i}: u8")).collect();
        let inputs = inputs.join(", ");
        format!("async fn w({inputs}, #[resource] r: &R) -> Result<()>")
    };
    accept_sig(&with(12));
    assert!(refuse_sig(&with(13)).contains("up to 12 inputs, and this one takes 13"));
}

#[test]
fn a_resource_is_a_shared_borrow() {
    let text = refuse_sig("async fn w(#[resource] shop: Shop) -> Result<()>");
    assert!(text.contains("help: write `#[resource] shop: &Shop`"));
    let text = refuse_sig("async fn w(#[resource] shop: &mut Shop) -> Result<()>");
    assert!(text.contains("cannot be borrowed as `&mut`"));
    let text = refuse_sig("async fn w(#[resource(fast)] shop: &Shop) -> Result<()>");
    assert!(text.contains("`#[resource]` takes no arguments"));
    let text = refuse_sig("async fn w(#[resource] shop: &'static Shop) -> Result<()>");
    assert!(text.contains("remove the lifetime"));
}

#[test]
fn two_resources_of_one_type_are_refused_at_both() {
    let source = "#[workflow] async fn w(#[resource] a: &Db, #[resource] b: &Db) -> Result<()> {}";
    let found = messages(source);
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("two resources of the type `Db`"));
    assert!(found[1].contains("the first resource of the type `Db` is here"));
}

#[test]
fn a_parameter_is_not_conditional() {
    let source = "async fn w(#[cfg(test)] a: u8) -> Result<()>";
    assert!(refuse_sig(source).contains("a parameter cannot be conditional"));
}

#[test]
fn all_mistakes_of_a_signature_are_reported_at_once() {
    let found = messages("#[workflow(nam = \"x\")] fn w<T>(a: &str, b: T) {}");
    assert_eq!(found.len(), 5, "{found:#?}");
}
