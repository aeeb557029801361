//! Why there is no page.

use crate::picture::PictureError;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template cannot be filled.
    #[error("the page cannot be made")]
    Template(#[source] Box<handlebars::RenderError>),
    /// A picture cannot be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A view cannot be written as JSON.
    #[error("the page cannot be made")]
    Json(#[from] serde_json::Error),
}

impl From<handlebars::RenderError> for PageError {
    fn from(error: handlebars::RenderError) -> Self {
        Self::Template(Box::new(error))
    }
}
