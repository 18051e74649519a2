//! Names that mean something of the user's own: what a body declares, or imports from its crate.

use std::collections::HashSet;

use syn::visit::Visit;
use syn::{Block, Item, Path, UseTree};

/// The names that the items of a body bring in.
pub(super) fn names(body: &Block) -> HashSet<String> {
    let mut names = Names::default();
    names.visit_block(body);
    names.0
}

/// Whether a path begins in the user's own crate.
pub(super) fn is_meant(path: &Path, own: &HashSet<String>) -> bool {
    let first = path.segments.first();
    first.is_some_and(|first| {
        let name = first.ident.to_string();
        is_own_crate(&name) || path.leading_colon.is_none() && own.contains(&name)
    })
}

fn is_own_crate(word: &str) -> bool {
    matches!(word, "crate" | "self" | "super" | "Self")
}

#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// The names at the ends of an import.
    fn imported(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.imported(&path.tree),
            UseTree::Name(name) => {
                self.0.insert(name.ident.to_string());
            }
            UseTree::Rename(name) => {
                self.0.insert(name.rename.to_string());
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.imported(tree)),
            UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Use(import) => match &import.tree {
                UseTree::Path(path) if is_own_crate(&path.ident.to_string()) => {
                    self.imported(&path.tree);
                }
                _ => {}
            },
            Item::Mod(module) => {
                self.0.insert(module.ident.to_string());
            }
            Item::Fn(function) => {
                self.0.insert(function.sig.ident.to_string());
            }
            Item::Struct(item) => {
                self.0.insert(item.ident.to_string());
            }
            Item::Enum(item) => {
                self.0.insert(item.ident.to_string());
            }
            _ => {}
        }
    }
}
