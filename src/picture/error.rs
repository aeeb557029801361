//! Why a picture cannot be drawn.

/// A template that cannot be filled.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be drawn")]
pub struct PictureError(#[from] pub(super) Box<handlebars::RenderError>);

impl From<handlebars::RenderError> for PictureError {
    fn from(error: handlebars::RenderError) -> Self {
        Self(Box::new(error))
    }
}
