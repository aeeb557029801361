//! A list whose items are made one by one while it is printed. The plan of 255 clusters has tens of thousands of certificates and
//! files, and is never in memory as a document.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// Items that are made each time they are asked for.
pub(super) struct List<'a, T> {
    items: Box<dyn Fn() -> Items<'a, T> + 'a>,
}

type Items<'a, T> = Box<dyn Iterator<Item = T> + 'a>;

impl<'a, T> List<'a, T> {
    pub(super) fn new<I: Iterator<Item = T> + 'a>(items: impl Fn() -> I + 'a) -> Self {
        Self { items: Box::new(move || Box::new(items())) }
    }

    /// All items, from the first.
    pub(super) fn iter(&self) -> impl Iterator<Item = T> {
        (self.items)()
    }
}

impl<T: Serialize> Serialize for List<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<T: JsonSchema> JsonSchema for List<'_, T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        <Vec<T>>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Vec<T>>::json_schema(generator)
    }
}
