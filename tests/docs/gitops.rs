//! samples/gitops: a repository. What its script puts there, and what Argo CD and Flux make of it, tests/conformance shows.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::docs::document;
use crate::support::Sandbox;

#[test]
fn the_mesh_of_the_repository_is_sound() {
    let mut sandbox = Sandbox::new();
    sandbox.find_files_of("mixed");
    sandbox.at(&OffsetDateTime::now_utc().format(&Rfc3339).expect("RFC 3339"));
    let values = "clusters/cairo/values.yaml";
    sandbox.write(values, &document(&format!("samples/gitops/{values}")));
    sandbox.write("mesh.yaml", &document("samples/gitops/mesh.yaml").replace("certificates/", "mixed/"));
    let ran = sandbox.ok(&["lint", "mesh.yaml", "--deny-warnings"]);
    assert!(ran.stdout.contains("no findings"), "{}", ran.stdout);
}
