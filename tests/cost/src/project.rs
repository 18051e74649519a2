//! The generated crates: functions of four steps, the same in each variant but for how they are
//! marked.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

/// How the functions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// As `async fn`s.
    Plain,
    /// As `async fn`s with `#[tracing::instrument]`.
    Instrument,
    /// As those, with an `#[tracing::instrument]` on each of their steps as well.
    InstrumentSteps,
    /// As workflows.
    Workflow,
}

/// How many functions a module has.
const IN_A_MODULE: usize = 10;

impl Variant {
    pub(crate) const ALL: [Self; 4] = [
        Self::Plain,
        Self::Instrument,
        Self::InstrumentSteps,
        Self::Workflow,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Instrument => "instrument",
            Self::InstrumentSteps => "instrument-steps",
            Self::Workflow => "workflow",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Plain => "async fn",
            Self::Instrument => "#[instrument]",
            Self::InstrumentSteps => "#[instrument], steps too",
            Self::Workflow => "#[workflow]",
        }
    }

    /// The attribute of a function and the one of its steps.
    const fn attributes(self) -> (&'static str, &'static str) {
        const INSTRUMENT: &str = "#[tracing::instrument(skip_all)]\n";
        match self {
            Self::Plain => ("", ""),
            Self::Instrument => (INSTRUMENT, ""),
            Self::InstrumentSteps => (INSTRUMENT, INSTRUMENT),
            Self::Workflow => ("#[workflow]\n", ""),
        }
    }

    const fn is_workflow(self) -> bool {
        matches!(self, Self::Workflow)
    }

    /// A step with its options.
    fn step(self, name: &str, options: &str, call: &str) -> String {
        if self.is_workflow() {
            format!("step!(\"{name}\", {options}{call}).await?")
        } else {
            format!("{call}.await?")
        }
    }
}

/// Writes a crate with so many functions.
pub(crate) fn write(root: &Path, folder: &Path, variant: Variant, count: usize) -> io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(folder.join("Cargo.toml"), manifest(root, variant, count))?;
    let modules = count.div_ceil(IN_A_MODULE);
    for module in 0..modules {
        let first = module * IN_A_MODULE;
        let text = module_text(variant, first..count.min(first + IN_A_MODULE));
        fs::write(folder.join(format!("src/m{module}.rs")), text)?;
    }
    fs::write(folder.join("src/lib.rs"), library(variant, modules))
}

/// Changes the body of one function, in the middle of the crate.
pub(crate) fn edit(folder: &Path) -> io::Result<()> {
    let modules = fs::read_dir(folder.join("src"))?.count() - 1;
    let path = folder.join(format!("src/m{}.rs", modules / 2));
    let text = fs::read_to_string(&path)?;
    fs::write(
        &path,
        text.replacen("let sum = payment", "let sum = 1 + payment", 1),
    )
}

fn manifest(root: &Path, variant: Variant, count: usize) -> String {
    let core = root.join("workflow-core");
    format!(
        "[package]\n\
         name = \"cost-{name}-{count}\"\n\
         version = \"0.0.0\"\n\
         edition = \"2024\"\n\
         \n\
         [dependencies]\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         tracing = {{ version = \"0.1\", features = [\"attributes\"] }}\n\
         workflow-core = {{ path = \"{core}\", default-features = false }}\n\
         \n\
         [workspace]\n",
        name = variant.name(),
        core = core.display(),
    )
}

/// What all functions use, and a list of them, which makes the compiler generate their code.
fn library(variant: Variant, modules: usize) -> String {
    let mut text = String::from(LIBRARY);
    for module in 0..modules {
        writeln!(text, "pub mod m{module};").expect("a text");
    }
    let (signature, begin, end) = if variant.is_workflow() {
        (
            "(list: workflow_core::EngineBuilder) -> workflow_core::EngineBuilder",
            "let list = ",
            "list",
        )
    } else {
        ("(list: &mut Vec<Boxed>)", "", "let _ = list;")
    };
    writeln!(text, "\npub fn register{signature} {{").expect("a text");
    for module in 0..modules {
        writeln!(text, "    {begin}m{module}::register(list);").expect("a text");
    }
    writeln!(text, "    {end}\n}}").expect("a text");
    text
}

const LIBRARY: &str = "\
use std::future::Future;
use std::pin::Pin;

pub type Boxed = Pin<Box<dyn Future<Output = workflow_core::Result<Receipt>> + Send>>;

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Order {
    pub id: u64,
    pub items: Vec<String>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Parcel {
    pub label: String,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    pub sum: u64,
    pub parcel: Parcel,
}

";

fn module_text(variant: Variant, functions: Range<usize>) -> String {
    let (imports, register) = if variant.is_workflow() {
        (
            "use workflow_core::{EngineBuilder, Result, Retry, step, workflow};\n\nuse crate::{",
            registered(functions.clone()),
        )
    } else {
        (
            "use workflow_core::Result;\n\nuse crate::{Boxed, ",
            boxed(functions.clone()),
        )
    };
    let functions: String = functions.map(|n| function(variant, n)).collect();
    format!("{imports}Order, Parcel, Receipt}};\n{functions}{register}")
}

fn registered(functions: Range<usize>) -> String {
    let mut text =
        String::from("\npub fn register(list: EngineBuilder) -> EngineBuilder {\n    list");
    for n in functions {
        write!(text, "\n        .workflow(checkout_{n})").expect("a text");
    }
    text + "\n}\n"
}

fn boxed(functions: Range<usize>) -> String {
    let mut text = String::from(
        "\npub fn register(list: &mut Vec<Boxed>) {\n    \
         let order = || Order { id: 1, items: Vec::new() };\n",
    );
    for n in functions {
        writeln!(text, "    list.push(Box::pin(checkout_{n}(order())));").expect("a text");
    }
    text + "}\n"
}

/// One function, and what its steps call.
fn function(variant: Variant, n: usize) -> String {
    let (function, step) = variant.attributes();
    let retry = "retry = Retry::exponential(\"1s\").times(3), ";
    let charge = variant.step("charge", retry, &format!("charge_{n}(&order)"));
    let label = variant.step(
        "label",
        "timeout = \"30s\", ",
        &format!("label_{n}(&order, payment)"),
    );
    let ship = variant.step("ship", "", &format!("ship_{n}(&label)"));
    let mail = variant.step("mail", "", &format!("mail_{n}(&order, &parcel)"));
    format!(
        "
{function}pub async fn checkout_{n}(order: Order) -> Result<Receipt> {{
    let payment = {charge};
    let label = {label};
    let parcel = {ship};
    if order.items.is_empty() {{
        return Err(workflow_core::Error::msg(\"nothing was ordered\"));
    }}
    let mails = {mail};
    let sum = payment + mails;
    Ok(Receipt {{ sum, parcel }})
}}

{step}async fn charge_{n}(order: &Order) -> Result<u64> {{
    std::future::ready(Ok(order.id + {n})).await
}}

{step}async fn label_{n}(order: &Order, payment: u64) -> Result<String> {{
    std::future::ready(Ok(format!(\"{{}}-{{payment}}-{n}\", order.id))).await
}}

{step}async fn ship_{n}(label: &str) -> Result<Parcel> {{
    std::future::ready(Ok(Parcel {{ label: label.to_owned() }})).await
}}

{step}async fn mail_{n}(order: &Order, parcel: &Parcel) -> Result<u64> {{
    std::future::ready(Ok(order.items.len() as u64 + parcel.label.len() as u64)).await
}}
"
    )
}
