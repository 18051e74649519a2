//! Asks rust-analyzer what an editor would ask, inside a workflow, and fails where it knows nothing.
//!
//! `cargo run -p workflow-editor-probe`, with rust-analyzer in the path
//! (`rustup component add rust-analyzer`).

mod lsp;
mod probes;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lsp::{Server, uri};
use probes::{Ask, PROBES, Probe};
use serde_json::{Value, json};

const SUBJECT: &str = include_str!("subject.rs");

fn main() -> ExitCode {
    match probe() {
        Ok(0) => {
            println!("\nan editor knows all of it");
            ExitCode::SUCCESS
        }
        Ok(missing) => {
            println!("\nof {} questions {missing} have no answer", PROBES.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("cannot ask rust-analyzer (`rustup component add rust-analyzer`): {error}");
            ExitCode::FAILURE
        }
    }
}

/// Asks everything; gives how many answers were missing.
fn probe() -> io::Result<usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = folder.join("../..").canonicalize()?;
    let mut editor = Editor::open(&root, root.join("tests/editor/src/subject.rs"))?;
    let mut missing = 0;
    let mut place = "";
    for probe in PROBES {
        if probe.place != place {
            place = probe.place;
            println!("\n{place}");
        }
        let answer = editor.ask(probe)?;
        let found = answer.iter().find(|answer| fits(probe, answer));
        missing += usize::from(found.is_none());
        let said = found.map_or_else(|| otherwise(answer.first()), |answer| shown(probe, answer));
        let mark = if found.is_some() {
            "ok     "
        } else {
            "MISSING"
        };
        let ask = format!("{:?}", probe.ask).to_lowercase();
        let at: Vec<&str> = probe.at.split_whitespace().collect();
        println!("  {mark} {ask:<10}  {:<44}  {said}", at.join(" "));
    }
    Ok(missing)
}

fn fits(probe: &Probe, answer: &str) -> bool {
    match probe.ask {
        // The fields and methods of a type have their name first.
        Ask::Completion => answer
            .strip_prefix(probe.expect)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')),
        Ask::Hover | Ask::Definition => answer.contains(probe.expect),
    }
}

/// The line of the answer that counts.
fn shown(probe: &Probe, answer: &str) -> String {
    let line = answer.lines().find(|line| line.contains(probe.expect));
    line.unwrap_or(answer).trim().to_owned()
}

fn otherwise(answer: Option<&String>) -> String {
    let text = answer.map_or("nothing", String::as_str);
    format!("found: {}", text.lines().collect::<Vec<_>>().join(" "))
}

/// One file, open in an editor.
struct Editor {
    server: Server,
    file: PathBuf,
    version: u64,
}

impl Editor {
    fn open(root: &Path, file: PathBuf) -> io::Result<Self> {
        let mut server = Server::start(root)?;
        let document =
            json!({ "uri": uri(&file), "languageId": "rust", "version": 0, "text": SUBJECT });
        server.notify("textDocument/didOpen", &json!({ "textDocument": document }))?;
        Ok(Self {
            server,
            file,
            version: 0,
        })
    }

    /// The answers, as texts.
    fn ask(&mut self, probe: &Probe) -> io::Result<Vec<String>> {
        let text = edited(probe);
        self.write(&text)?;
        let position = position(&text, probe.at);
        let params = json!({ "textDocument": { "uri": uri(&self.file) }, "position": position });
        match probe.ask {
            Ask::Hover => {
                let answer = self.server.request("textDocument/hover", &params)?;
                Ok(texts(&answer["contents"]["value"]))
            }
            Ask::Definition => {
                let answer = self.server.request("textDocument/definition", &params)?;
                let places = answer.as_array().cloned().unwrap_or_default();
                places
                    .iter()
                    .map(|place| defined_at(place, &text))
                    .collect()
            }
            Ask::Completion => {
                let answer = self.server.request("textDocument/completion", &params)?;
                let items = answer["items"].as_array().cloned().unwrap_or_default();
                Ok(items
                    .iter()
                    .flat_map(|item| texts(&item["label"]))
                    .collect())
            }
        }
    }

    /// Replaces the whole text.
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.version += 1;
        let document = json!({ "uri": uri(&self.file), "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.server.notify("textDocument/didChange", &params)
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_str().map(str::to_owned).into_iter().collect()
}

/// The subject as somebody has just written it.
fn edited(probe: &Probe) -> String {
    let Some((from, to)) = probe.edit else {
        return SUBJECT.to_owned();
    };
    assert_eq!(
        SUBJECT.matches(from).count(),
        1,
        "the subject has `{from}` once"
    );
    SUBJECT.replace(from, to)
}

/// Where the cursor is.
fn position(text: &str, at: &str) -> Value {
    let (before, after) = at.split_once('|').expect("the cursor is somewhere");
    let start = text.find(&format!("{before}{after}"));
    let start = start.unwrap_or_else(|| panic!("the subject has `{at}`"));
    let before = &text[..start + before.len()];
    let line = before.matches('\n').count();
    let character = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
    json!({ "line": line, "character": character })
}

/// The line where something is defined.
fn defined_at(place: &Value, text: &str) -> io::Result<String> {
    let (file, range) = match place.get("targetUri") {
        Some(file) => (file, &place["targetSelectionRange"]),
        None => (&place["uri"], &place["range"]),
    };
    let path = file
        .as_str()
        .unwrap_or_default()
        .trim_start_matches("file://");
    let text = if path.ends_with("tests/editor/src/subject.rs") {
        text.to_owned()
    } else {
        fs::read_to_string(path)?
    };
    let line = range["start"]["line"].as_u64().unwrap_or_default();
    let line = usize::try_from(line)
        .ok()
        .and_then(|line| text.lines().nth(line));
    Ok(line.unwrap_or_default().trim().to_owned())
}
