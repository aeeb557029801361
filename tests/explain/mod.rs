//! The pages behind `explain`: each code has one, in one form; what it calls wrong is found wrong by the program, for this code
//! and no other, and what it calls right is found right.

mod commands;
mod fragments;
mod help_lines;
mod index;
mod not_run;
mod page;
mod pages;
mod pasted;
mod prompts;
mod terminal;
