//! Whether someone is looking, and whether they want colour (no-color.org).

use std::io::IsTerminal;

pub(super) fn colour_on(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
