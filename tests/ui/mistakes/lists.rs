//! The page on determinism shows the `clippy.toml` that is tried.

use std::fs;

#[test]
fn the_page_on_determinism_shows_the_list_that_is_tried() {
    let list = fs::read_to_string("../helpers/clippy.toml").expect("there is the list");
    let page = fs::read_to_string("../../docs/determinism.md").expect("there is the page");
    let (_comment, list) = list
        .split_once('\n')
        .expect("the list begins with a comment");
    assert!(
        page.contains(list),
        "docs/determinism.md shows another clippy.toml"
    );
}
