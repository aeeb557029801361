//! `accept`: which findings the owner accepts, and which cannot be accepted.

use crate::diag::{Code, Collector, Diagnostic, FieldPath, nearest};
use crate::mesh::Mesh;

/// Marks accepted findings, and adds findings about `accept` itself.
pub(super) fn apply(mesh: &Mesh, mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut about = Collector::of_mesh();
    for accept in &mesh.accept {
        let Some(code) = Code::parse(&accept.code) else {
            let message = format!("`{}` is not a code", accept.code.escape_debug());
            let known = crate::diag::CATALOGUE.iter().map(|code| code.as_str());
            let help = match nearest(&accept.code, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the code that the finding has, such as `CM0405`".to_owned(),
            };
            about.push(Diagnostic::new(Code::NoSuchCode, accept.path.field("code"), message).help(help));
            continue;
        };
        if !code.entry().acceptable {
            let message = format!("{code} cannot be accepted: {}", code.entry().title);
            let finding = Diagnostic::new(Code::NotAcceptable, accept.path.field("code"), message).cause(code.entry().why);
            about.push(finding.help("remove the entry, and fix the finding"));
            continue;
        }
        let mut matched = false;
        for finding in findings.iter_mut().filter(|finding| finding.code == code && is_at(finding, &accept.at)) {
            finding.accepted = Some(accept.reason.clone());
            matched = true;
        }
        if !matched {
            let message = format!("there is no {code} at `{}`", accept.at.as_str().escape_debug());
            let help = match find_by_name(mesh, &accept.at)
                .filter(|place| findings.iter().any(|it| it.code == code && is_at(it, place)))
            {
                Some(place) => format!("clusters go by their names here: `{place}`"),
                None => "remove the entry".to_owned(),
            };
            about.push(Diagnostic::new(Code::AcceptsNothing, accept.path.clone(), message).help(help));
        }
    }
    findings.extend(about.finish());
    findings
}

/// The place that was meant by `clusters[1].podCIDRs`.
fn find_by_name(mesh: &Mesh, place: &FieldPath) -> Option<FieldPath> {
    let (number, rest) = place.as_str().strip_prefix("clusters[")?.split_once(']')?;
    let cluster = mesh.clusters.get(number.parse::<usize>().ok()?)?;
    Some(FieldPath::written(&format!("{}{rest}", cluster.path)))
}

/// Whether a finding is at a place, or the other end of a conflict is. The order of the file decides at which end a conflict is
/// reported.
fn is_at(finding: &Diagnostic, place: &FieldPath) -> bool {
    let other_end = matches!(finding.labels.as_slice(), [label] if place.holds(&label.path));
    place.holds(&finding.path) || other_end
}
