//! The page as a whole.

use serde::Serialize;
use serde_json::{Value, json};

use crate::diag::plural;
use crate::picture::{Form, Svg, palette, printable_all, registry};
use crate::report::WaveLines;
use crate::scene::{LinkState, Observation, Redactor, Scene, Summary};

use super::certificates::Certificates;
use super::changes::{Changes, minute};
use super::clusters;
use super::error::PageError;
use super::glance;
use super::links::Links;
use super::reach::{self, Rules};
use super::record::embedded;
use super::templates::{EMBEDDED, PAGE, TIMELINE};
use super::timeline::Timeline;
use super::words::StateView;

/// From so many clusters on, the matrix is shown beside the picture.
const MATRIX_FROM: usize = 7;

/// Everything that a page shows.
pub struct Page<'a> {
    /// The mesh.
    pub scene: Scene,
    /// Findings: each an object with the keys of `lint --format json`.
    pub findings: Value,
    /// The roll-out.
    pub waves: Vec<WaveLines>,
    /// What firewalls must let pass.
    pub rules: Rules,
    /// What was observed.
    pub observations: &'a [Observation],
    /// The record of the page before, if there was one.
    pub before: Option<Summary>,
    /// What leaves addresses out, if that was asked for.
    pub redactor: Option<Redactor>,
}

/// How many links have a state.
#[derive(Serialize)]
struct StateCount {
    #[serde(flatten)]
    state: StateView,
    count: usize,
    meaning: &'static str,
}

impl Page<'_> {
    /// The HTML.
    ///
    /// # Errors
    /// If a template cannot be filled.
    pub fn html(mut self) -> Result<String, PageError> {
        let mut redactor = self.redactor.take();
        let scene = match redactor.as_mut() {
            Some(redactor) => redactor.scene(self.scene.clone()),
            None => self.scene.clone(),
        };
        let mut findings = self.findings.take();
        let mut waves = serde_json::to_value(&self.waves)?;
        let mut observed: Value = self.observations.iter().map(observed).collect();
        if let Some(redactor) = redactor.as_mut() {
            redactor.document(&mut observed);
            redactor.document(&mut findings);
            redactor.document(&mut waves);
        }
        let summary = Summary::of(&scene, known(&findings), redactor.is_some());
        let before = match redactor.as_mut() {
            Some(redactor) => self.before.take().map(|before| redactor.summary(before)),
            None => self.before.take(),
        };
        let certificates = Certificates::of(&scene);
        let timeline = Timeline::of(&certificates.rows, scene.now);
        let blocked = reach::blocked(&scene);
        let mut rules = serde_json::to_value(&self.rules)?;
        if let Some(redactor) = redactor.as_mut() {
            redactor.document(&mut rules);
        }
        let (errors, warnings) = (of_severity(&findings, "error"), of_severity(&findings, "warning"));
        let counts = scene.counts();
        let count_of = |state: LinkState| StateCount {
            state: state.into(),
            count: counts.get(&state).copied().unwrap_or_default(),
            meaning: state.meaning(),
        };
        let mut view = json!({
            "mesh": scene.mesh,
            "at": minute(scene.now),
            "sizes": format!("{}, {}", plural(scene.clusters.len(), "cluster"), plural(scene.links.len(), "link")),
            "redacted": redactor.is_some(),
            "recordedOnly": scene.recorded_only,
            "empty": scene.clusters.is_empty(),
            "glance": glance::lines(&scene, &blocked, errors, warnings),
            "counts": LinkState::ALL.into_iter().map(count_of).collect::<Vec<_>>(),
            "clusters": clusters::rows(&scene),
            "links": Links::of(&scene),
            "certificates": certificates,
            "renewBefore": scene.renew_before.whole_days(),
            "soon": scene.soon.whole_days(),
            "waves": waves,
            "findings": findings.as_array().into_iter().flatten().map(finding).collect::<Vec<_>>(),
            "blocked": blocked,
            "rules": rules,
            "observed": observed,
            "changes": before.as_ref().map(|before| Changes::between(before, &summary)),
        });
        printable_all(&mut view);
        let registry = registry(&EMBEDDED)?;
        let svg = Svg::new()?;
        let form = Form::of(&scene);
        let raw = json!({
            "palette": palette(),
            "picture": svg.draw(&scene, form)?,
            "matrix": if form != Form::Matrix && scene.clusters.len() >= MATRIX_FROM { Some(svg.draw(&scene, Form::Matrix)?) } else { None },
            "timeline": timeline.map(|timeline| registry.render(TIMELINE, &timeline)).transpose()?,
            "record": embedded(&summary),
        });
        if let (Value::Object(view), Value::Object(raw)) = (&mut view, raw) {
            view.insert("raw".to_owned(), Value::Object(raw));
        }
        Ok(registry.render(PAGE, &view)?)
    }
}

fn observed(observation: &Observation) -> Value {
    json!({
        "source": observation.source,
        "what": if observation.is_live { "links, probed" } else { "files, verified" },
        "at": minute(observation.at),
        "links": observation.links(),
    })
}

/// A finding with every key that the template has.
fn finding(finding: &Value) -> Value {
    let text = |key: &str| finding[key].as_str().unwrap_or_default();
    let class = if finding["accepted"].is_string() { "accepted" } else { text("severity") };
    let line = finding["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
    json!({
        "code": text("code"),
        "class": class,
        "sign": match class { "error" => "✕", "warning" => "▲", _ => "○" },
        "place": format!("{}{line}", text("file")),
        "message": text("message"),
        "cause": text("cause"),
        "help": text("help"),
        "accepted": text("accepted"),
    })
}

/// The open findings of a severity.
fn of_severity(findings: &Value, severity: &str) -> usize {
    let list = findings.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter(|finding| finding["severity"] == severity && finding.get("accepted").is_none()).count()
}

/// What the next page compares findings by.
fn known(findings: &Value) -> impl Iterator<Item = String> {
    let list = findings.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.iter().map(move |finding| format!("{} {}", text(&finding["code"]), text(&finding["message"])))
}
