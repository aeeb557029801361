//! The templates of the kit's files: embedded, strict, and without HTML escaping. What they are filled with are names of clusters and of
//! images, which have no character that YAML or a shell reads otherwise; names are in quotes where YAML would take one for a number.

use handlebars::{Handlebars, RenderError};
use serde::Serialize;

/// A file of the kit that is made from a template.
#[derive(Debug, Clone, Copy)]
pub(super) enum Template {
    Readme,
    Workloads,
    Policy,
    Containers,
}

impl Template {
    const fn text(self) -> &'static str {
        match self {
            Self::Readme => include_str!("../../templates/smoke/README.md.hbs"),
            Self::Workloads => include_str!("../../templates/smoke/workloads.yaml.hbs"),
            Self::Policy => include_str!("../../templates/smoke/policy.yaml.hbs"),
            Self::Containers => include_str!("../../templates/smoke/containers.sh.hbs"),
        }
    }

    /// Fills it.
    ///
    /// # Errors
    /// If it is broken, or `data` lacks a value.
    pub(super) fn fill(self, data: &impl Serialize) -> Result<String, RenderError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::no_escape);
        registry.render_template(self.text(), data)
    }
}
