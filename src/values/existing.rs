//! The values that a release has: a values file, or the `HelmChartConfig` of helm-controller, in which RKE2 and K3s keep them.

use std::net::Ipv6Addr;

use crate::mesh::tree::{SyntaxError, Value, YamlNode, parse};
use crate::pem::{Text, decode_base64, private_keys};
use crate::verify::key_as_json;

use super::chart;
use super::lacking::flag_of;
use super::merge::{MOST_VALUES, merge, without};
use super::place::{NoPlace, is_flow};
use super::wanted::{Wanted, WantedValue};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValuesForm {
    /// Values, as Helm takes them with `--values`.
    Values,
    /// A `HelmChartConfig`, whose `spec.valuesContent` is their text.
    HelmChartConfig,
}

/// The values of a release, as a file has them.
#[derive(Debug, Clone)]
pub struct ReleaseValues {
    /// The file without what only the API server writes.
    text: String,
    /// What it says.
    root: YamlNode,
    /// The text of the values in a `HelmChartConfig`, and what it says.
    content: Option<(String, YamlNode)>,
}

// What else it has follows from the text.
impl PartialEq for ReleaseValues {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ReleaseValues {}

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusableValues {
    /// What is wrong.
    pub reason: String,
    /// The edit that helps.
    pub help: String,
}

/// A cluster that the values list for the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCluster {
    /// Its name, as Helm reads it.
    pub name: String,
    /// Whether it has a port.
    pub has_port: bool,
    /// Its address, if it is of IPv6 and has no brackets.
    pub bare_ipv6: Option<String>,
    /// Whether the chart would link it: `enabled` is not false.
    pub is_enabled: bool,
}

/// Entries that only the API server writes, and an annotation with the whole object as it once was, its secrets included.
const OF_THE_SERVER: [&[&str]; 7] = [
    &["metadata", "annotations", LAST_APPLIED],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
    &["metadata", "uid"],
    &["metadata", "creationTimestamp"],
    &["metadata", "generation"],
    &["status"],
];
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const CONTENT: [&str; 2] = ["spec", "valuesContent"];
/// Of newer helm-controllers: it wins over `valuesContent`.
const STRUCTURED: [&str; 2] = ["spec", "values"];
const BLOCK_STYLE: &str =
    "write it in YAML's block style, with one key on each line, as `helm get values --output yaml` prints it";

impl ReleaseValues {
    /// Reads a file, and tries whether each of `wanted` could be put into it.
    ///
    /// # Errors
    /// If it is not such a file, or has a form that is not edited here.
    pub fn read(bytes: &[u8], wanted: &[Wanted]) -> Result<Self, UnusableValues> {
        let unusable = |reason: String, help: &str| UnusableValues { reason, help: help.to_owned() };
        let text = std::str::from_utf8(bytes).map_err(|_| unusable("it is not text in UTF-8".to_owned(), BLOCK_STYLE))?;
        // Notepad and PowerShell write a mark at the start.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let broken = |SyntaxError { message, .. }: SyntaxError| {
            let help = "give it one YAML document, such as the output of `helm get values`";
            unusable(format!("it is not YAML: {message}"), help)
        };
        let root = parse(text, MOST_VALUES).map_err(broken)?;
        if !matches!(root.value, Value::Map(_) | Value::Null) {
            return Err(unusable(format!("it is {}, and not a mapping", root.describe()), BLOCK_STYLE));
        }
        let mut text = without_nothing(text, &root);
        if is_flow(&text, &root) {
            return Err(unusable("it is in one pair of braces".to_owned(), BLOCK_STYLE));
        }
        let form = match scalar(&root, &["kind"]) {
            Some("HelmChartConfig") => ValuesForm::HelmChartConfig,
            Some(kind) if scalar(&root, &["apiVersion"]).is_some() => {
                let reason = format!("it is a {}, and neither values nor a HelmChartConfig", kind.escape_debug());
                let help = "name the values of the release (`helm get values`), or its HelmChartConfig";
                return Err(unusable(reason, help));
            }
            _ => ValuesForm::Values,
        };
        let refuse = |why| unusable(in_words(why), BLOCK_STYLE);
        if form == ValuesForm::HelmChartConfig {
            for path in OF_THE_SERVER {
                text = without(&text, path).map_err(refuse)?;
            }
        }
        let root = parse(&text, MOST_VALUES).map_err(broken)?;
        let content = match form {
            ValuesForm::Values => None,
            ValuesForm::HelmChartConfig => {
                let read = content(&root);
                let in_content =
                    |error: SyntaxError| unusable(format!("spec.valuesContent is not YAML: {}", error.message), BLOCK_STYLE);
                Some(read.map_err(in_content)?)
            }
        };
        let values = Self { text, root, content };
        values.put(wanted).map_err(refuse)?;
        Ok(values)
    }

    /// What the file is.
    pub const fn form(&self) -> ValuesForm {
        if self.content.is_some() { ValuesForm::HelmChartConfig } else { ValuesForm::Values }
    }

    /// The text of the file, without what only the API server writes.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The text with the wanted values in it.
    ///
    /// # Errors
    /// If it has a form that is not edited here, in words.
    pub fn merge(&self, wanted: &[Wanted]) -> Result<String, String> {
        self.put(wanted).map_err(in_words)
    }

    fn put(&self, wanted: &[Wanted]) -> Result<String, NoPlace> {
        let Some((text, content)) = &self.content else { return merge(&self.text, &[], wanted) };
        // Structured values win, and Helm takes a list of them in place of one in the text: that one gets longer where it is.
        let is_in_text = |one: &Wanted| {
            self.structured().is_none_or(|structured| {
                one.value.keeps_others() && !decides(structured, &one.path) && get(content, &one.path).is_some()
            })
        };
        let (in_text, in_structured): (Vec<Wanted>, Vec<Wanted>) = wanted.iter().cloned().partition(is_in_text);
        let mut file = self.text.clone();
        if !in_structured.is_empty() {
            file = merge(&file, &STRUCTURED, &in_structured)?;
        }
        if !in_text.is_empty() {
            let inner = merge(text, &[], &in_text)?;
            file = merge(&file, &[], &[Wanted::new(&CONTENT, WantedValue::Lines(inner))])?;
        }
        Ok(file)
    }

    /// A scalar as Helm reads it, at the path from the top of the values.
    pub fn text(&self, path: &[&str]) -> Option<String> {
        self.at(path, |node| match &node.value {
            Value::Scalar { text, plain } => key_as_json(text, !plain).map(std::borrow::Cow::into_owned),
            _ => None,
        })
    }

    /// A truth value.
    pub fn flag(&self, path: &[&str]) -> Option<bool> {
        self.at(path, |node| match &node.value {
            Value::Scalar { text, plain: true } => flag_of(text),
            _ => None,
        })
    }

    /// The texts of a list.
    pub fn texts(&self, path: &[&str]) -> Option<Vec<String>> {
        self.at(path, |node| match &node.value {
            Value::List(items) => Some(items.iter().filter_map(YamlNode::as_text).map(str::to_owned).collect()),
            _ => None,
        })
    }

    /// What encrypts traffic of pods, in the words of a mesh; nothing if the values do not say it. The chart's own `encryption.type` is `ipsec`.
    pub fn encryption(&self) -> Option<String> {
        let is_on = self.flag(chart::ENCRYPTION_ENABLED)?;
        let by = || self.text(chart::ENCRYPTION_TYPE).unwrap_or_else(|| "ipsec".to_owned());
        Some(if is_on { by() } else { "none".to_owned() })
    }

    /// Whether there is anything but null at the path.
    pub fn has(&self, path: &[&str]) -> bool {
        self.at(path, |node| (!matches!(node.value, Value::Null)).then_some(())).is_some()
    }

    /// The clusters in `clustermesh.config.clusters`, a list or a mapping by name.
    pub fn clusters(&self) -> Vec<ListedCluster> {
        let listed = self.at(chart::CLUSTERS, |node| match &node.value {
            Value::List(items) => {
                Some(items.iter().filter_map(|item| Some(listed(item.get("name")?.value.as_text()?, item))).collect())
            }
            Value::Map(entries) => Some(entries.iter().map(|entry| listed(&entry.key, &entry.value)).collect()),
            _ => None,
        });
        listed.unwrap_or_default()
    }

    /// Whether a `HelmChartConfig` says what happens after a failed upgrade.
    pub fn has_failure_policy(&self) -> bool {
        scalar(&self.root, &["spec", "failurePolicy"]).is_some()
    }

    /// Whether a `HelmChartConfig` takes values from Secrets as well, which win.
    pub fn has_values_in_secrets(&self) -> bool {
        self.content.is_some()
            && get(&self.root, &["spec", "valuesSecrets"]).is_some_and(|node| !matches!(node.value, Value::Null))
    }

    /// Where the values have a private key, as PEM or base64 of it: the path of the first.
    pub fn key_path(&self) -> Option<String> {
        self.layers().find_map(|root| key_below(root, ""))
    }

    fn at<T>(&self, path: &[&str], read: impl Fn(&YamlNode) -> Option<T>) -> Option<T> {
        self.layers().find_map(|root| get(root, path).and_then(&read))
    }

    /// The values, those that win first.
    fn layers(&self) -> impl Iterator<Item = &YamlNode> {
        let text = self.content.as_ref().map_or(&self.root, |(_, content)| content);
        self.structured().into_iter().chain([text])
    }

    /// The structured values of a `HelmChartConfig`, if it has some.
    fn structured(&self) -> Option<&YamlNode> {
        self.content.as_ref()?;
        get(&self.root, &STRUCTURED).filter(|node| matches!(node.value, Value::Map(_)))
    }

    /// Whether `tls.caBundle` is an object that its owner keeps: the chart writes it only with `content`
    /// (templates/cilium-ca-bundle-configmap.yaml).
    pub fn has_bundle_by_hand(&self) -> bool {
        self.flag(chart::BUNDLE_ENABLED) == Some(true) && self.text(chart::BUNDLE_CONTENT).is_none_or(|text| text.is_empty())
    }
}

/// The text in `spec.valuesContent`, and what it says.
fn content(root: &YamlNode) -> Result<(String, YamlNode), SyntaxError> {
    let text = scalar(root, &CONTENT).unwrap_or_default();
    let text = without_nothing(text, &parse(text, MOST_VALUES)?);
    let content = parse(&text, MOST_VALUES)?;
    Ok((text, content))
}

/// `text` without the `null` or `{}` that is all it says: `helm get values` prints that of a release without values.
fn without_nothing(text: &str, root: &YamlNode) -> String {
    let says_nothing = match &root.value {
        Value::Null => true,
        Value::Map(entries) => entries.is_empty(),
        Value::Scalar { .. } | Value::List(_) => false,
    };
    match (text.get(..root.span.start), text.get(root.span.end..)) {
        (Some(before), Some(after)) if says_nothing => [before, after].concat(),
        _ => text.to_owned(),
    }
}

/// Whether structured values decide what is at `path`, whatever the text says: they have it, or something above it that is no mapping.
fn decides(structured: &YamlNode, path: &[&str]) -> bool {
    let mut at = structured;
    for key in path {
        if !matches!(at.value, Value::Map(_)) {
            return true;
        }
        let Some(entry) = at.get(key) else { return false };
        at = &entry.value;
    }
    true
}

fn in_words(why: NoPlace) -> String {
    match why {
        NoPlace::Alias(at) => format!("`{at}` is an alias, or merged from another place"),
        NoPlace::Duplicate(at) => format!("`{at}` is there twice"),
        NoPlace::NoMapping(at) => format!("`{at}` is not a mapping, and the chart has one there"),
        NoPlace::Form(at) if at.is_empty() => "it is in a form that is not edited here".to_owned(),
        NoPlace::Form(at) => format!("`{at}` is in a form that is not edited here"),
    }
}

fn get<'a>(node: &'a YamlNode, path: &[&str]) -> Option<&'a YamlNode> {
    path.iter().try_fold(node, |node, key| node.get(key).map(|entry| &entry.value))
}

fn scalar<'a>(node: &'a YamlNode, path: &[&str]) -> Option<&'a str> {
    get(node, path)?.as_text()
}

fn listed(name: &str, node: &YamlNode) -> ListedCluster {
    let text = |key: &str| scalar(node, &[key]);
    ListedCluster {
        name: name.to_owned(),
        has_port: get(node, &["port"]).is_some_and(|port| !matches!(port.value, Value::Null)),
        bare_ipv6: text("address").filter(|address| address.parse::<Ipv6Addr>().is_ok()).map(str::to_owned),
        is_enabled: text("enabled").and_then(flag_of) != Some(false),
    }
}

fn key_below(node: &YamlNode, path: &str) -> Option<String> {
    match &node.value {
        Value::Null => None,
        Value::Scalar { text, .. } => holds_key(text).then(|| path.to_owned()),
        Value::List(items) => items.iter().enumerate().find_map(|(at, item)| key_below(item, &format!("{path}[{at}]"))),
        Value::Map(entries) => entries.iter().find_map(|entry| {
            let joint = if path.is_empty() { "" } else { "." };
            key_below(&entry.value, &format!("{path}{joint}{}", entry.key))
        }),
    }
}

fn holds_key(text: &str) -> bool {
    !private_keys(text).is_empty() || decode_base64(text.as_bytes()).is_some_and(|bytes| Text::read(&bytes).holds_key())
}
