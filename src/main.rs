//! The `meshbundle` program: the library's command line, and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    meshbundle::cli::run(std::env::args_os())
}
