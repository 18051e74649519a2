//! Every visibility.

#![deny(warnings)]

/// Workflows that others may or may not see.
mod inner {
    use workflow_core::{Result, workflow};

    #[workflow]
    async fn private() -> Result<()> {
        Ok(())
    }

    #[workflow]
    pub(super) async fn to_the_parent() -> Result<()> {
        Ok(())
    }

    #[workflow]
    pub(crate) async fn to_the_crate() -> Result<()> {
        Ok(())
    }

    #[workflow]
    pub(in crate::visibility) async fn to_a_module() -> Result<()> {
        Ok(())
    }

    pub(super) fn names() -> [&'static str; 1] {
        [crate::spec(private).name]
    }
}

#[test]
fn every_visibility_compiles() {
    assert_eq!(inner::names(), ["private"]);
    assert_eq!(super::spec(inner::to_the_parent).name, "to_the_parent");
    assert_eq!(super::spec(inner::to_the_crate).name, "to_the_crate");
    assert_eq!(super::spec(inner::to_a_module).name, "to_a_module");
}
