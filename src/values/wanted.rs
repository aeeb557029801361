//! A value that a release has to have.

/// One value, and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The keys from the top of the values down to it.
    pub path: Vec<&'static str>,
    /// A comment for those who read it, where the key does not say why.
    pub why: Option<&'static str>,
    /// The value.
    pub value: WantedValue,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedValue {
    /// A text.
    Text(String),
    /// A number.
    Integer(i64),
    /// A truth value.
    Flag(bool),
    /// Texts that a list has to have. It may have others.
    Texts(Vec<String>),
    /// Mappings that a list has to have, by their `name`. It may have others.
    Named(Vec<String>),
    /// Certificates, PEM, that a text has to have. It may have others.
    Certificates(String),
    /// A text of several lines.
    Lines(String),
}

impl Wanted {
    /// A value without a comment.
    pub fn new(path: &[&'static str], value: WantedValue) -> Self {
        Self { path: path.to_vec(), why: None, value }
    }

    /// The same with a comment of one line.
    #[must_use]
    pub fn because(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }
}

impl WantedValue {
    /// The entry `key: value` in block style, indented by `indent` spaces, with the line's end.
    pub(super) fn block(&self, key: &str, indent: usize) -> String {
        let margin = " ".repeat(indent);
        match self {
            Self::Text(_) | Self::Integer(_) | Self::Flag(_) => format!("{margin}{key}: {}\n", self.flow()),
            Self::Texts(_) | Self::Named(_) => format!("{margin}{key}:\n{}", block_items(&self.items(), indent)),
            Self::Certificates(text) | Self::Lines(text) => {
                // Without an end of line, with one, or with several: each has its own indicator.
                let chomp = if !text.ends_with('\n') {
                    "-"
                } else if text.ends_with("\n\n") || text == "\n" {
                    "+"
                } else {
                    ""
                };
                // Spaces that the first line begins with are not indentation.
                let begins = text.lines().find(|line| !line.is_empty()).is_some_and(|line| line.starts_with(' '));
                let width = if begins { "2" } else { "" };
                let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("{margin}  {line}\n") };
                format!("{margin}{key}: |{width}{chomp}\n{}", text.split_terminator('\n').map(line).collect::<String>())
            }
        }
    }

    /// Whether others may be beside what is wanted.
    pub(super) const fn keeps_others(&self) -> bool {
        match self {
            Self::Texts(_) | Self::Named(_) | Self::Certificates(_) => true,
            Self::Text(_) | Self::Integer(_) | Self::Flag(_) | Self::Lines(_) => false,
        }
    }

    /// The value in flow style, on one line.
    pub(super) fn flow(&self) -> String {
        match self {
            Self::Text(text) | Self::Certificates(text) | Self::Lines(text) => quoted(text),
            Self::Integer(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Texts(_) | Self::Named(_) => format!("[{}]", self.items().join(", ")),
        }
    }

    /// The items of a list, in flow style.
    pub(super) fn items(&self) -> Vec<String> {
        match self {
            Self::Texts(texts) => texts.iter().map(|text| quoted(text)).collect(),
            Self::Named(names) => names.iter().map(|name| format!("{{name: {}}}", quoted(name))).collect(),
            _ => Vec::new(),
        }
    }
}

/// Items of a list in block style. A mapping of one entry needs no braces there.
pub(super) fn block_items(items: &[String], indent: usize) -> String {
    let bare = |item: &str| item.strip_prefix('{').and_then(|item| item.strip_suffix('}')).unwrap_or(item).to_owned();
    items.iter().map(|item| format!("{:indent$}- {}\n", "", bare(item))).collect()
}

/// A text in double quotes, which every YAML parser reads alike: JSON's form.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
