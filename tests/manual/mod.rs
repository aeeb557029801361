//! What the program says of itself to shells and to `man`: bash completes with the script, roff finds nothing wrong with the
//! pages, and both know every option that the help has. The exit codes are those that it names.

mod completions;
mod exits;
mod help;
mod pages;
