//! Images that the mesh names: in the override, and part of what decides a bundle's generation.

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::Scene;

const OVERRIDE: &str = "payload/docker-compose.clustermesh.yaml";

fn with(runtime: &str) -> String {
    let mesh = mesh(&[cluster("a", 1), cluster("b", 2)]);
    let own = "[10.0.1.1] }]\n    announce: true\n";
    edit(&edit(&mesh, "  id: 1\n  runtime: systemd\n", &format!("  id: 1\n  runtime: {runtime}\n")), "[10.0.1.1] }]\n", own)
}

#[test]
fn images_of_the_mesh_are_in_the_override_and_count_for_its_generation() {
    let scene = Scene::new(&with("compose"));
    let first = scene.bundle("a/nodes/n1").read(OVERRIDE);
    assert_eq!(first.matches("image: ").count(), 1, "{first}");
    assert!(first.contains("image: ${MESHBUNDLE_IMAGE:?"), "{first}");
    let image = format!("quay.io/cilium/cilium:v1.18.5@sha256:{}", "0f".repeat(32));
    for (generation, runtime, said) in [
        (2, format!("{{ kind: compose, image: \"{image}\" }}"), [image.as_str(), "${MESHBUNDLE_IMAGE:?"]),
        (3, format!("{{ kind: compose, image: \"{image}\", meshbundleImage: tools/mb:v1 }}"), [image.as_str(), "tools/mb:v1"]),
        // The same words in the other field are another bundle.
        (4, format!("{{ kind: compose, image: tools/mb:v1, meshbundleImage: \"{image}\" }}"), ["tools/mb:v1", image.as_str()]),
    ] {
        scene.change(&with(&runtime), &[]);
        let bundle = scene.bundle("a/nodes/n1");
        assert_eq!(bundle.generation(), generation, "{runtime}");
        let text = bundle.read(OVERRIDE);
        let services: Vec<&str> = text.split("clustermesh-announce:\n").collect();
        assert!(services.iter().zip(said).all(|(service, image)| service.contains(&format!("image: {image}"))), "{text}");
        assert_eq!(scene.bundle("b/nodes/n1").generation(), 1, "{runtime}");
    }
}
