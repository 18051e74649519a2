//! The twins of expansions, written by hand in `examples/expanded`, are what the macro writes.

use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens as _;
use syn::{File, Item, ItemFn, ItemMod};

use super::expand;

/// The files that have twins.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/expanded");
    let entries = fs::read_dir(folder).expect("there are twins");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name != "main.rs"));
    paths.sort();
    paths
}

/// The workflow in a module of a file: the one function that is marked, or has its name.
fn function(file: &File, module: &str, name: Option<&str>) -> ItemFn {
    let items = file.items.iter().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content, .. }) if ident == module => content.as_ref(),
        _ => None,
    });
    let (_, items) = items.unwrap_or_else(|| panic!("there is a module `{module}`"));
    let found = items.iter().find_map(|item| match item {
        Item::Fn(function) => {
            let marked = function
                .attrs
                .iter()
                .any(|attr| attr.path().is_ident("workflow"));
            let named = name.is_some_and(|name| function.sig.ident == name);
            (marked || named).then(|| function.clone())
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("the module `{module}` has the workflow"))
}

/// As text, in one layout.
fn text(file: &File) -> String {
    prettyplease::unparse(file)
}

#[test]
fn twins_written_by_hand_are_what_the_macro_writes() {
    let files = files();
    assert!(files.len() >= 3, "{files:?}");
    for path in files {
        let source = fs::read_to_string(&path).expect("a twin");
        let file = syn::parse_file(&source).expect("a twin is Rust");
        let written = function(&file, "written", None);
        let name = written.sig.ident.to_string();
        let expanded = expand(&written.to_token_stream().to_string());
        let expanded: File = syn::parse2(expanded).expect("the expansion is Rust");
        let twin = function(&file, "expanded", Some(&name));
        let twin = File {
            shebang: None,
            frontmatter: None,
            attrs: Vec::new(),
            items: vec![Item::Fn(twin)],
        };
        let (expanded, twin) = (text(&expanded), text(&twin));
        assert!(
            expanded == twin,
            "{} has no such twin; the macro writes\n\n{expanded}\nand the twin is\n\n{twin}",
            path.display()
        );
    }
}
