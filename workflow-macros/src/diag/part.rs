//! The wording of mistakes in parts: in their signatures, and in what `part!` calls.

pub(crate) fn generic() -> String {
    "a part cannot be generic: its steps are listed in the manifest of the workflow that calls it, \
     once and for all types\n\
     help: write one part for each type, and share what they have in common in an `async fn` that \
     their steps call"
        .to_owned()
}

pub(crate) fn receiver(name: &str) -> String {
    format!(
        "a part cannot take `self`: it is listed in the manifest by its own name\n\
         help: make it a free function; `self` becomes an argument: `async fn {name}(shop: &Shop, \
         ..)`"
    )
}

pub(crate) fn impl_trait_argument(name: &str) -> String {
    format!(
        "`{name}` cannot be an `impl Trait`: it would make the part generic, and its steps are \
         listed in the manifest once and for all types\n\
         help: name the type, or write `{name}: &dyn Trait`"
    )
}

pub(crate) fn impl_trait_output() -> String {
    "the output of a part cannot be an `impl Trait`: the call has a type that names it\n\
     help: name the type, or box it"
        .to_owned()
}

pub(crate) fn self_type() -> String {
    "`Self` means nothing in a part, which is a function on its own\n\
     help: write the type's name"
        .to_owned()
}

pub(crate) fn conditional_parameter() -> String {
    "a parameter of a part cannot be conditional: its callers pass the same arguments in every \
     build\n\
     help: use an `Option`, or write two parts"
        .to_owned()
}

pub(crate) fn awaited(word: &str) -> String {
    let after = match word {
        "?" => ".await?",
        _ => ".await",
    };
    format!(
        "`part!` takes the call itself, and gives the helper its place in the run before it \
         begins\n\
         help: remove this `{word}`, and write `part!(..){after}`"
    )
}

pub(crate) fn method(name: &str) -> String {
    format!(
        "a part is called by its path, so that the manifest can list its steps, and \
         `.{name}(..)` is a method\n\
         help: make it a free function marked `#[workflow(part)]`: `{name}(&value, ..)`"
    )
}

pub(crate) fn not_a_call(name: &str) -> String {
    format!(
        "`part!` takes the call of a function marked `#[workflow(part)]`\n\
         help: part!(\"{name}\", helper(&order)); for work without operations of its own write a \
         `step!`"
    )
}

pub(crate) fn callee_in_the_body(name: &str) -> String {
    format!(
        "`{name}` is declared inside the body, where the manifest cannot see it\n\
         help: declare it outside, beside the workflow"
    )
}
