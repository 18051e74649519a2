//! The wording of mistakes in a workflow's signature.

use crate::model::Form;

pub(crate) fn not_async(form: Form, name: &str) -> String {
    format!(
        "a {} is an `async fn`: it waits for its steps, maybe for days\n\
         help: write `async fn {name}`",
        form.name()
    )
}

pub(crate) fn qualifier(form: Form, word: &str) -> String {
    let reason = match word {
        "const" => "it runs for as long as its steps take, never at compile time",
        "unsafe" => {
            "the engine calls it, also after a restart, and knows nothing of what callers must \
             promise"
        }
        _ => "the engine calls it, and no other language can",
    };
    let form = form.name();
    format!("a {form} cannot be `{word}`: {reason}\nhelp: remove `{word}`")
}

pub(crate) fn generic() -> String {
    "a workflow cannot be generic: after a restart the engine finds it by name, with no types to \
     fill in\n\
     help: write one workflow for each type, and share what they have in common in an `async fn` \
     that their steps call"
        .to_owned()
}

pub(crate) fn lifetime() -> String {
    "a workflow cannot have lifetimes: after a restart its inputs are read from the log, and \
     there is nothing to borrow from\n\
     help: take inputs by value; what the engine owns is a `#[resource]`"
        .to_owned()
}

pub(crate) fn receiver(name: &str) -> String {
    format!(
        "a workflow cannot take `self`: after a restart there is no value to call it on\n\
         help: make it a free function; what it needs of `self` becomes an input, or a resource: \
         `async fn {name}(#[resource] shop: &Shop, ..)`"
    )
}

pub(crate) fn borrowed_input(name: &str, owned: &str, borrowed: &str) -> String {
    let resource = match borrowed {
        "str" => String::new(),
        _ => format!(
            "; if it is a client or a pool, the engine keeps it: `#[resource] {name}: &{borrowed}`"
        ),
    };
    format!(
        "`{name}` is borrowed, but an input is recorded and read back after a restart, so the \
         workflow must own it\n\
         help: write `{name}: {owned}`{resource}"
    )
}

pub(crate) fn lifetime_in_input(name: &str) -> String {
    format!(
        "`{name}` borrows from something, but an input is recorded and read back after a restart, \
         so the workflow must own all of it\n\
         help: use an owned type: `String` for `&str`, `Vec<T>` for `&[T]`"
    )
}

pub(crate) fn impl_trait_input(name: &str) -> String {
    format!(
        "`{name}` cannot be an `impl Trait`: after a restart the engine must know which type to \
         read from the log\n\
         help: name the type; a service behind a trait is a resource: `#[resource] {name}: &dyn \
         Trait`"
    )
}

pub(crate) fn impl_trait_output() -> String {
    "the output cannot be an `impl Trait`: it is recorded, and whoever reads it must know its type\n\
     help: name the type"
        .to_owned()
}

pub(crate) fn no_result(ty: Option<&str>) -> String {
    let help = match ty {
        None => "help: write `-> workflow_core::Result<()>`, and end with `Ok(())`".to_owned(),
        Some(ty) => format!(
            "help: write `-> workflow_core::Result<{ty}>`, or `-> Result<{ty}, E>` with an error \
             type that has `From<StepError>`"
        ),
    };
    format!("a workflow returns a `Result`: steps can fail, and `?` hands that on\n{help}")
}

pub(crate) fn too_many_inputs(form: Form, count: usize) -> String {
    match form {
        Form::Workflow => format!(
            "a workflow takes up to 12 inputs, and this one takes {count}\n\
             help: put them into a struct that has `#[derive(serde::Serialize, \
             serde::Deserialize)]`"
        ),
        Form::Part => format!(
            "a part takes up to 12 arguments, and this one takes {count}\n\
             help: put them into a struct"
        ),
    }
}

pub(crate) fn resource_not_borrowed(name: &str, ty: &str) -> String {
    format!(
        "a resource is borrowed from the engine, which keeps it for all runs\n\
         help: write `#[resource] {name}: &{ty}`"
    )
}

pub(crate) fn resource_mutable(name: &str, ty: &str) -> String {
    format!(
        "a resource cannot be borrowed as `&mut`: all runs share it, and a replay does not repeat \
         what steps changed in it\n\
         help: write `#[resource] {name}: &{ty}`, and use a lock inside if it must change"
    )
}

pub(crate) fn resource_lifetime() -> String {
    "a resource is borrowed for the whole run, so its lifetime has no name here\n\
     help: remove the lifetime"
        .to_owned()
}

pub(crate) fn resource_arguments() -> String {
    "`#[resource]` takes no arguments: resources are found by their type\n\
     help: write `#[resource]`; for two of one type, wrap each in a struct of its own"
        .to_owned()
}

pub(crate) fn same_resource(ty: &str) -> String {
    format!(
        "there are two resources of the type `{ty}`, and the engine finds resources by type\n\
         help: wrap each in a struct of its own"
    )
}

pub(crate) fn first_resource(ty: &str) -> String {
    format!("the first resource of the type `{ty}` is here")
}

pub(crate) fn conditional_parameter() -> String {
    "a parameter cannot be conditional: the recorded inputs must fit every build that runs the \
     workflow\n\
     help: use an `Option`, or write two workflows"
        .to_owned()
}

pub(crate) fn self_type() -> String {
    "`Self` means nothing in a workflow: after a restart it is found by its name alone\n\
     help: write the type's name"
        .to_owned()
}
