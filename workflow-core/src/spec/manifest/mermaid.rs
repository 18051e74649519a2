//! A manifest as a Mermaid flowchart.

use std::fmt::Write as _;

use super::tree::{Item, tree};
use super::{Called, Manifest, ManifestOperation};
use crate::spec::{Nesting, OperationKind};

impl Manifest {
    /// The manifest as a Mermaid flowchart: operations in source order, parts, loops and branches
    /// as boxes around them.
    ///
    /// What runs at the same time is not seen in it: a `join!` is a sequence here.
    pub fn to_mermaid(&self) -> String {
        let mut chart = Chart {
            text: "flowchart TD\n".to_owned(),
            indent: 1,
            ..Chart::default()
        };
        let start = chart.node("([", &self.name, "])");
        let ends = chart.items(&tree(&self.operations), vec![Edge::solid(start)]);
        let end = chart.node("([", "end", "])");
        chart.connect(&ends, end);
        chart.finish()
    }
}

/// What leads to the next node.
#[derive(Clone, Copy)]
struct Edge {
    from: usize,
    arrow: &'static str,
}

impl Edge {
    const fn solid(from: usize) -> Self {
        Self { from, arrow: "-->" }
    }

    /// The same, for what may not happen.
    const fn dotted(self) -> Self {
        Self {
            arrow: "-.->",
            ..self
        }
    }
}

#[derive(Default)]
struct Chart {
    text: String,
    indent: usize,
    nodes: usize,
    boxes: usize,
    /// Written last: an edge inside a box would draw what it leads to into the box.
    edges: String,
}

impl Chart {
    fn line(&mut self, line: &str) {
        let indent = "    ".repeat(self.indent);
        let _ = writeln!(self.text, "{indent}{line}");
    }

    /// A node with a shape of these brackets.
    fn node(&mut self, open: &str, label: &str, close: &str) -> usize {
        let node = self.nodes;
        self.nodes += 1;
        self.line(&format!("n{node}{open}\"{}\"{close}", escaped(label)));
        node
    }

    fn boxed<R>(&mut self, label: &str, draw: impl FnOnce(&mut Self) -> R) -> R {
        let number = self.boxes;
        self.boxes += 1;
        self.line(&format!("subgraph b{number}[\"{}\"]", escaped(label)));
        self.indent += 1;
        let drawn = draw(self);
        self.indent -= 1;
        self.line("end");
        drawn
    }

    fn connect(&mut self, from: &[Edge], to: usize) {
        for Edge { from, arrow } in from {
            let _ = writeln!(self.edges, "    n{from} {arrow} n{to}");
        }
    }

    /// Draws a sequence; gives what leads on from its end.
    fn items(&mut self, items: &[Item<'_>], from: Vec<Edge>) -> Vec<Edge> {
        items.iter().fold(from, |from, item| match item {
            Item::Operation(operation) => self.operation(operation, from),
            Item::Block(Nesting::Branch, items) => self.branch(items, from),
            Item::Block(nesting, items) => self.repeated(*nesting, items, from),
        })
    }

    /// What is in a branch may be passed by.
    fn branch(&mut self, items: &[Item<'_>], from: Vec<Edge>) -> Vec<Edge> {
        let into = from.iter().copied().map(Edge::dotted).collect();
        let mut ends = self.boxed("branch", |chart| chart.items(items, into));
        ends.extend(from);
        ends
    }

    /// What is in a loop leads back to its beginning.
    fn repeated(&mut self, nesting: Nesting, items: &[Item<'_>], from: Vec<Edge>) -> Vec<Edge> {
        self.boxed(nesting.as_str(), |chart| {
            let first = chart.nodes;
            let ends = chart.items(items, from);
            let inside = ends.iter().copied().filter(|end| end.from >= first);
            let back: Vec<_> = inside.map(Edge::dotted).collect();
            chart.connect(&back, first);
            ends
        })
    }

    fn operation(&mut self, operation: &ManifestOperation, from: Vec<Edge>) -> Vec<Edge> {
        if let Some(called) = &operation.calls
            && !called.operations.is_empty()
        {
            return self.part(operation, called, from);
        }
        let (open, close) = shape(operation.kind);
        let node = self.node(open, &label(operation), close);
        self.connect(&from, node);
        vec![Edge::solid(node)]
    }

    fn part(
        &mut self,
        operation: &ManifestOperation,
        called: &Called,
        from: Vec<Edge>,
    ) -> Vec<Edge> {
        let label = label(operation);
        self.boxed(&label, |chart| chart.items(&tree(&called.operations), from))
    }

    fn finish(self) -> String {
        self.text + &self.edges
    }
}

const fn shape(kind: OperationKind) -> (&'static str, &'static str) {
    match kind {
        OperationKind::Step => ("[", "]"),
        OperationKind::Sleep => ("(", ")"),
        OperationKind::Value => ("[/", "/]"),
        OperationKind::Wait => ("{{", "}}"),
        OperationKind::Child => (">", "]"),
        OperationKind::Part => ("[[", "]]"),
    }
}

/// The name, with what it is unless it is a step, and what names one of many.
fn label(operation: &ManifestOperation) -> String {
    let ManifestOperation { kind, name, .. } = operation;
    let mut label = match kind {
        OperationKind::Step => name.clone(),
        other => format!("{} {name}", other.as_str()),
    };
    for option in &operation.options {
        match option.name.as_str() {
            "key" if operation.keyed => {
                let _ = write!(label, ", for each {}", option.value);
            }
            "for" => {
                let _ = write!(label, ", {}", option.value.trim_matches('"'));
            }
            "until" => {
                let _ = write!(label, ", until {}", option.value);
            }
            _ => {}
        }
    }
    match &operation.calls {
        Some(called) if called.again => label + ", again",
        _ => label,
    }
}

/// A text inside quotation marks.
fn escaped(text: &str) -> String {
    text.replace('#', "#35;").replace('"', "#quot;")
}
