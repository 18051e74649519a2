//! The page of all mistakes with their messages: `docs/messages.md`, made of the files in `fail/`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A part of the page, and what the names of its mistakes contain or, with `^`, begin with. The
/// first that fits is meant, from the last one on.
const CHAPTERS: [(&str, &[&str]); 11] = [
    ("Names, keys and options", &[]),
    (
        "Bodies and values",
        &[
            "body",
            "bodies",
            "local",
            "step_value",
            "step_error",
            "not_awaited",
            "no_error_type",
            "^value",
            "from_step_error",
        ],
    ),
    (
        "Lengths of time",
        &["duration", "unit", "^sleep", "timeout"],
    ),
    (
        "Where an operation stands",
        &[
            "outside_a_workflow",
            "step_in_a_",
            "sleep_in_a",
            "value_in_a",
            "await_in_a",
        ],
    ),
    (
        "The function",
        &[
            "^on_a",
            "^not_async",
            "generic",
            "where",
            "lifetime",
            "self",
            "input",
            "output",
            "extern",
            "unsafe",
            "const",
            "resource",
            "^borrowed_",
            "workflow_error",
            "parameter",
        ],
    ),
    (
        "Options of the attribute",
        &["attribute", "version", "workflow_name", "capture", "^allow"],
    ),
    (
        "What a replay does not repeat",
        &[
            "outside_a_step",
            "in_the_order_of",
            "deferred",
            "allow_without",
        ],
    ),
    ("Starting and calling", &["started", "called_and"]),
    ("Parts", &["^part_"]),
    ("Signals and children", &["^wait_", "^signal_", "^child_"]),
    ("The one scope", &["^scope"]),
];

/// One mistake: its name, what is written, what the compiler says.
struct Mistake {
    name: String,
    code: String,
    message: String,
}

impl Mistake {
    fn read(path: &Path) -> Self {
        // A new mistake has no message before it was compiled once.
        let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let name = path.file_stem().expect("a file has a name");
        let code = text(path);
        Self {
            name: name.to_string_lossy().replace('_', " "),
            code: code
                .trim()
                .trim_end_matches("fn main() {}")
                .trim_end()
                .into(),
            message: text(&path.with_extension("stderr")).trim().into(),
        }
    }

    fn chapter(&self) -> &'static str {
        let name = self.name.replace(' ', "_");
        let fits = |word: &&str| match word.strip_prefix('^') {
            Some(start) => name.starts_with(start),
            None => name.contains(word),
        };
        let mut chapters = CHAPTERS.iter().rev();
        let chapter = chapters.find(|(_, words)| words.iter().any(&fits));
        chapter.map_or(CHAPTERS[0].0, |(title, _)| title)
    }

    /// Whether the library's own macro says it, and not the compiler's type checker.
    fn is_ours(&self) -> bool {
        self.message.starts_with("error: ") && self.message.contains("\n       help: ")
    }
}

/// The page, of the files as they are.
fn text() -> String {
    let mistakes = mistakes();
    let count = |which: fn(&Mistake) -> bool| mistakes.iter().filter(|m| which(m)).count();
    let mut page = format!(
        "# Messages\n\n\
         What the compiler says to {} mistakes, as it prints it. Of these messages {} are the macro's \
         own;\nthe others are the compiler's, shaped by traits where that is possible. The page is \
         made of the files in\n`tests/ui/fail`, which a test compiles and compares with what was \
         said; `$WORKSPACE` stands for the path of\nthis repository. To make it anew: \
         `TRYBUILD=overwrite cargo test -p workflow-ui-tests --test mistakes`.\n\n\
         | | mistakes |\n| --- | ---: |\n",
        mistakes.len(),
        count(Mistake::is_ours),
    );
    let of = |title: &str| -> Vec<&Mistake> {
        let of = mistakes.iter().filter(|mistake| mistake.chapter() == title);
        of.collect()
    };
    for (title, _) in &CHAPTERS {
        let anchor = title.to_lowercase().replace(' ', "-").replace(',', "");
        writeln!(page, "| [{title}](#{anchor}) | {} |", of(title).len()).expect("a text");
    }
    for (title, _) in &CHAPTERS {
        write!(page, "\n## {title}\n").expect("a text");
        for Mistake {
            name,
            code,
            message,
        } in of(title)
        {
            write!(
                page,
                "\n### {name}\n\n```rust\n{code}\n```\n\n```text\n{message}\n```\n"
            )
            .expect("a text");
        }
    }
    page
}

fn mistakes() -> Vec<Mistake> {
    let files = fs::read_dir("fail").expect("there are mistakes");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    paths.iter().map(|path| Mistake::read(path)).collect()
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/messages.md")
}

/// Writes the page.
pub(crate) fn write() {
    fs::write(path(), text()).expect("the page can be written");
}

#[test]
fn the_page_of_messages_says_what_the_compiler_says() {
    if super::is_accepting() {
        return write();
    }
    let page = fs::read_to_string(path()).unwrap_or_default();
    assert!(
        page == text(),
        "docs/messages.md is not made of the files in tests/ui/fail as they are now; make it anew: \
         TRYBUILD=overwrite cargo test -p workflow-ui-tests --test mistakes page"
    );
}
