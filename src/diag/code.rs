//! Codes as text.

use std::fmt;

use super::catalogue::{CATALOGUE, Code};

impl Code {
    /// `CM0101` and so on.
    pub const fn as_str(self) -> &'static str {
        self.entry().id
    }

    /// The code with the text `id`.
    pub fn parse(id: &str) -> Option<Self> {
        CATALOGUE.iter().copied().find(|code| code.as_str() == id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
