//! `explain`: what a code means; without one, the whole catalogue.

use std::io::{self, Write};

use serde::Serialize;

use crate::diag::{CATALOGUE, Code, Severity, nearest};

use super::{Exit, Failure, Format, code_page, exit, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle explain CM0105
  meshbundle explain                                       lists every code
  meshbundle explain CM0105 --format json | jq -r .page    the page, as Markdown";

/// Explain a finding's code: what it means, why Cilium or etcd cares, and how to fix it
#[derive(clap::Args)]
#[command(after_help = exit::EXPLAIN.below(EXAMPLES))]
pub(super) struct Explain {
    /// The code, as findings have it; without one, every code is listed
    code: Option<String>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// An answer for programs: a new field does not raise `format`, a changed one does.
#[derive(Serialize)]
struct Json<T> {
    format: u32,
    #[serde(flatten)]
    answer: T,
}

#[derive(Serialize)]
struct JsonCatalogue {
    codes: Vec<JsonEntry>,
}

#[derive(Serialize)]
struct JsonEntry {
    code: &'static str,
    severity: Severity,
    acceptable: bool,
    title: &'static str,
    page: &'static str,
}

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mut out = out::stdout();
        let code = self.code.as_deref().map(known).transpose()?;
        let done = match (code, self.format) {
            (Some(code), Format::Text) => code_page::print(&mut out, code),
            (Some(code), Format::Json) => json(&mut out, JsonEntry::of(code)),
            (None, Format::Text) => list(&mut out),
            (None, Format::Json) => {
                json(&mut out, JsonCatalogue { codes: CATALOGUE.iter().copied().map(JsonEntry::of).collect() })
            }
        };
        done.map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}

impl JsonEntry {
    fn of(code: Code) -> Self {
        let entry = code.entry();
        Self {
            code: entry.id,
            severity: entry.severity,
            acceptable: entry.acceptable,
            title: entry.title,
            page: code.entry().page,
        }
    }
}

fn known(text: &str) -> Result<Code, Failure> {
    Code::parse(&text.to_uppercase()).ok_or_else(|| {
        let near = nearest(text, CATALOGUE.iter().map(|code| code.as_str()));
        let help = near.map(|near| format!("\nhelp: did you mean `{near}`?")).unwrap_or_default();
        Failure::Usage(format!("there is no code `{}`{help}", text.escape_debug()))
    })
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    for code in CATALOGUE {
        let entry = code.entry();
        writeln!(out, "{code}  {:7}  {}", code_page::word(entry.severity), entry.title)?;
    }
    Ok(())
}

fn json(out: &mut dyn Write, answer: impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Json { format: 1, answer })?;
    writeln!(out)
}
