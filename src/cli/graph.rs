//! `graph`: a picture of the mesh.

use std::io::{self, BufWriter, Write};

use clap::ValueEnum;

use crate::picture::{Form, Svg, dot, mermaid};

use super::scene_args::SceneArgs;
use super::{Exit, Failure, clock, exit, out};

const EXAMPLES: &str = "\
The picture shows what the mesh wants, what `generate` has proven, what is installed as far as receipts were recorded, and what --observed
files say. With at most 60 pairs of clusters each link is a line; with more, clusters with the same links are one node, or a matrix has all.

Examples:
  meshbundle graph > mesh.svg
  meshbundle graph meshes/prod.yaml --format dot | dot -Tpng -o mesh.png
  meshbundle graph --format mermaid                          for a page of a Git forge
  meshbundle graph --as matrix > mesh.svg                    each link as a cell
  meshbundle verify --format json > files.json; meshbundle graph --observed files.json > mesh.svg
  meshbundle graph --observed oslo=probe-n1.json --observed tokyo=probe-t1.json > mesh.svg";

/// Draw the mesh: clusters, links, and how far each link is proven
#[derive(clap::Args)]
#[command(after_help = exit::GRAPH.below(EXAMPLES))]
pub(super) struct GraphVerb {
    #[command(flatten)]
    scene: SceneArgs,
    /// Form of the picture's file
    #[arg(long, value_enum, default_value_t)]
    format: PictureFormat,
    /// What is drawn; a matrix is drawn only as SVG
    #[arg(long = "as", value_enum, default_value_t)]
    form: FormArg,
}

/// The form of a picture's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum PictureFormat {
    /// For browsers and documents: light or dark, as its reader prefers
    #[default]
    Svg,
    /// For graphviz
    Dot,
    /// For Mermaid
    Mermaid,
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum FormArg {
    /// What can be read: lines, groups or a matrix, by the number of links
    #[default]
    Auto,
    /// A line for each pair of clusters
    Lines,
    /// A node for all clusters whose links are the same
    Groups,
    /// A row for each cluster that reads, a column for each that is read
    Matrix,
}

impl GraphVerb {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        if self.form == FormArg::Matrix && self.format != PictureFormat::Svg {
            let help = "draw it as SVG, or use `--as groups`";
            return Err(Failure::Usage(format!("`--as matrix` is only for `--format svg`\nhelp: {help}")));
        }
        let read = self.scene.read(clock::now()?)?;
        let exit = if read.loaded.checked.is_some() { Exit::Clean } else { read.loaded.refuse_on_stderr() };
        let scene = read.scene();
        let form = match self.form {
            FormArg::Auto => Form::of(&scene),
            FormArg::Lines => Form::Lines,
            FormArg::Groups => Form::Groups,
            FormArg::Matrix => Form::Matrix,
        };
        let text = match self.format {
            PictureFormat::Svg => {
                Svg::new().and_then(|svg| svg.draw(&scene, form)).map_err(|error| Failure::File(io::Error::other(error)))?
            }
            PictureFormat::Dot => dot(&scene, form),
            PictureFormat::Mermaid => mermaid(&scene, form),
        };
        let mut out = BufWriter::new(out::stdout());
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Stdout)?;
        Ok(exit)
    }
}
