//! Why a file could not be rendered.

/// A template that cannot be parsed or filled.
#[derive(Debug, thiserror::Error)]
#[error("template `{name}` is broken")]
pub struct TemplateError {
    pub(super) name: &'static str,
    pub(super) source: Box<dyn std::error::Error + Send + Sync>,
}

/// Why a file could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template is broken.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A structure could not be written as YAML or JSON.
    #[error("cannot write `{path}`")]
    Serialise {
        /// The file.
        path: String,
        /// What the serialiser says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The plan names a certificate that the caller did not provide.
    #[error("there is no certificate `{0}`")]
    Missing(String),
}
