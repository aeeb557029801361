//! The JSON Schemas. A judge that shares no line with the parser says of every mesh what the parser says of its form; and it says of
//! every report that it has the keys of its schema.

mod agreement;
mod init;
mod large;
mod mutations;
mod recipes;
mod reports;
mod samples;
mod scalars;
mod wellformed;
