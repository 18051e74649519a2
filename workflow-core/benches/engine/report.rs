//! Tables for people, lines of JSON for programs.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::arguments::{Arguments, Part};

pub(crate) struct Report {
    file: File,
    path: PathBuf,
    part: &'static str,
    header: Option<Vec<&'static str>>,
    /// Every row so far, as it stands in the file.
    rows: Vec<Value>,
}

/// One row: the columns' names, and their values.
#[derive(Default)]
pub(crate) struct Row {
    cells: Vec<(&'static str, Value, String)>,
}

impl Row {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self::default().text("name", name)
    }

    pub(crate) fn text(mut self, column: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        self.cells.push((column, json!(text), text));
        self
    }

    pub(crate) fn count(mut self, column: &'static str, count: u64) -> Self {
        self.cells.push((column, json!(count), thousands(count)));
        self
    }

    /// A number with so many decimals; nothing where it is not finite.
    pub(crate) fn number(mut self, column: &'static str, number: f64, decimals: usize) -> Self {
        let text = if number.is_finite() {
            format!("{number:.decimals$}")
        } else {
            "–".to_owned()
        };
        self.cells.push((column, json!(number), text));
        self
    }

    /// A rate or another large number, without decimals.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rates are positive and small"
    )]
    pub(crate) fn whole(mut self, column: &'static str, number: f64) -> Self {
        let text = if number.is_finite() {
            thousands(number.round() as u64)
        } else {
            "–".to_owned()
        };
        self.cells.push((column, json!(number), text));
        self
    }
}

impl Report {
    pub(crate) fn new(arguments: &Arguments) -> Outcome<Self> {
        std::fs::create_dir_all(&arguments.folder)?;
        let path = arguments.folder.join("engine.jsonl");
        let file = File::options().create(true).append(true).open(&path)?;
        Ok(Self {
            file,
            path,
            part: "",
            header: None,
            rows: Vec::new(),
        })
    }

    pub(crate) fn begin(&mut self, part: Part) {
        self.part = part.name();
        self.header = None;
    }

    /// What follows belongs to no part.
    pub(crate) fn finish(&mut self) {
        self.part = "goals";
        self.header = None;
    }

    /// A sentence before or after a table.
    pub(crate) fn say(&mut self, text: impl AsRef<str>) {
        self.header = None;
        println!("\n{}", text.as_ref());
    }

    /// Prints a row, under a header where the columns are new.
    pub(crate) fn row(&mut self, row: Row) -> Outcome<()> {
        let columns: Vec<_> = row.cells.iter().map(|(column, ..)| *column).collect();
        if self.header.as_ref() != Some(&columns) {
            let rule: Vec<_> = columns.iter().map(|_| "---").collect();
            println!("\n| {} |\n| {} |", columns.join(" | "), rule.join(" | "));
            self.header = Some(columns);
        }
        let texts: Vec<_> = row.cells.iter().map(|(.., text)| text.as_str()).collect();
        println!("| {} |", texts.join(" | "));
        let mut line = Map::from_iter([("part".to_owned(), json!(self.part))]);
        let cells = row.cells.into_iter();
        line.extend(cells.map(|(column, value, _)| (column.to_owned(), value)));
        let line = Value::Object(line);
        writeln!(self.file, "{line}")?;
        self.rows.push(line);
        Ok(())
    }

    /// What stands in a column of a row.
    pub(crate) fn seen(&self, part: &str, name: &str, column: &str) -> Option<&Value> {
        let found = self
            .rows
            .iter()
            .find(|row| row["part"] == part && row["name"] == name);
        found.and_then(|row| row.get(column))
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        println!("\nalso as JSON in {}", self.path.display());
    }
}

/// `12345` as `12,345`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
