//! Prints the one scope: the only way from an execution's token to its proof.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{GenericArgument, PathArguments, Type};

use crate::model::{Param, Role, Signature};

/// `fn run<'run>(..) -> Run<'run, Self::Output> { .. }`
pub(super) fn run(signature: &Signature, output: &Type) -> TokenStream {
    let inputs = signature
        .params
        .iter()
        .filter_map(|param| match param.role {
            Role::Input => Some(&param.name),
            Role::Resource(_) => None,
        });
    let inputs = super::function::tuple(inputs);
    let arguments = signature.params.iter().map(argument);
    // What is wrong with the output or its error is reported at its type.
    let describe = quote_spanned!(error_span(output)=> __private::describe!(error));
    let (ok, err, completed) = (
        quote_spanned!(output.span()=> ::core::result::Result::Ok(output)),
        quote_spanned!(output.span()=> ::core::result::Result::Err(error)),
        quote_spanned!(output.span()=> guard.completed::<Self>(output)),
    );
    let scope = quote! {
        let guard = __private::TrackerGuard::open(token, Self::SPEC);
        let body = Self::body(guard.scope(), #(#arguments),*);
        let closed = match guard.drive(body).await {
            __private::Driven::Returned(#ok) => #completed,
            __private::Driven::Returned(#err) => guard.failed(#describe),
            __private::Driven::Panicked(panic) => guard.panicked(panic),
            __private::Driven::Interrupted(why) => guard.interrupted(why),
        };
        guard.flush(closed).await
    };
    // A future that is not `Send` is reported at the `async` that the user wrote.
    let execution = quote_spanned!(signature.asyncness.span=> __private::Run::new(async move {
        #scope
    }));
    quote! {
        fn run<'run>(
            token: __private::RunToken<'run>,
            #inputs: Self::Input,
        ) -> __private::Run<'run, Self::Output> {
            #execution
        }
    }
}

fn argument(param: &Param) -> TokenStream {
    match &param.role {
        Role::Input => param.name.to_token_stream(),
        Role::Resource(ty) => quote!(guard.resource::<#ty>()),
    }
}

/// Where the error's type is written: the second argument of a `Result<T, E>`, else all of it.
fn error_span(output: &Type) -> Span {
    let error = match output {
        Type::Path(path) => path.path.segments.last().and_then(|last| {
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            arguments.args.iter().nth(1)
        }),
        _ => None,
    };
    match error {
        Some(GenericArgument::Type(error)) => error.span(),
        _ => output.span(),
    }
}
