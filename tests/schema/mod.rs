//! The JSON Schema that editors judge a mesh by, held against the parser: a judge that shares no line with it says of every mesh
//! what the parser says of its form.

mod agreement;
mod init;
mod mutations;
mod samples;
mod scalars;
mod wellformed;
