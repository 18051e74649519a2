//! The page that argues for the single scope names the cases that show it: all, and no others.

use std::collections::BTreeSet;
use std::fs;

#[test]
fn the_page_on_the_single_scope_names_every_misuse() {
    let files = fs::read_dir("fail").expect("there are mistakes");
    let paths = files.map(|file| file.expect("a file").path());
    let cases: BTreeSet<String> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name.starts_with("scope_"))
        .collect();
    let page = fs::read_to_string("../../docs/single-scope.md").expect("there is the page");
    let words = page.split('`').filter(|word| word.starts_with("scope_"));
    let named: BTreeSet<String> = words.map(str::to_owned).collect();
    assert_eq!(named, cases);
}
