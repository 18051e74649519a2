//! Who asks for an expansion: the compiler, or the server of an editor.
//!
//! An editor expands code twice: as it is, which may be half of an expression, and with a word of
//! its own at the cursor. It finds its way back only where both expansions are the same up to the
//! cursor. So it is given the whole of a workflow that is not finished, and no text before the
//! body that depends on what is in it.

use std::env;
use std::sync::OnceLock;

/// Whom an expansion is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Compiler,
    Editor,
}

impl Audience {
    /// Whoever runs this process.
    pub(crate) fn current() -> Self {
        static CURRENT: OnceLock<Audience> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            let program = env::current_exe().unwrap_or_default();
            let name = program.file_stem().unwrap_or_default().to_string_lossy();
            if name.contains("proc-macro-srv") || name.contains("rust-analyzer") {
                Self::Editor
            } else {
                Self::Compiler
            }
        })
    }
}
