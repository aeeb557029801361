//! Names and messages that are made to break out of a document. A state and reports that others changed can have such.

use meshbundle::page::{Page, Rule, Rules, record_in};
use meshbundle::picture::{Form, Svg, dot};
use meshbundle::scene::{LinkFault, LiveSeen, Observation, Scene};
use serde_json::{Value, json};

use crate::pages::scenes::{NOW, elements, piped, scene, xml};

pub(super) const NAMES: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"/><img src=x onerror=alert(1)>",
    "]]></style><b>",
    "\\\"]; evil [label=\"x",
    "a\"] --> b[\"`end`",
    "%%{init: {}}%%; click x",
    "nul\u{0}bell\u{7}turn\u{202e}",
    "&amp;&lt;{{mesh}}${x}",
];

/// A mesh of hostile names, with hostile faults.
pub(super) fn hostile() -> Scene {
    let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let mut scene = scene(&names, |_, _| true);
    scene.mesh = NAMES[0].to_owned();
    let fault = |text: &str| LinkFault {
        code: "CM0803".to_owned(),
        message: text.to_owned(),
        help: text.to_owned(),
        endpoint: Some(text.to_owned()),
    };
    for (link, name) in scene.links.iter_mut().zip(NAMES) {
        let causes = vec![fault(name)];
        link.live = Some(LiveSeen { at: NOW, tried: 1, ready: 0, endpoints: causes.clone(), causes, expires: None });
    }
    scene
}

/// A rule for each hostile name.
fn rules() -> Rules {
    let rule = |name: &&str| Rule {
        from: (*name).to_owned(),
        to: (*name).to_owned(),
        traffic: "tcp 2379".to_owned(),
        why: (*name).to_owned(),
        source: (*name).to_owned(),
        missing: true,
    };
    Rules { rows: NAMES.iter().map(rule).collect(), rest: 1 }
}

pub(super) fn page(scene: Scene, findings: Value) -> String {
    let page = Page { scene, findings, waves: Vec::new(), rules: rules(), observations: &[], before: None, redactor: None };
    page.html().expect("a page")
}

#[test]
fn pictures_show_hostile_names_as_text() {
    let svg = Svg::new().expect("templates");
    for form in [Form::Lines, Form::Groups, Form::Matrix] {
        let picture = svg.draw(&hostile(), form).expect("a picture");
        for element in ["script", "img", "b", "a", "foreignObject", "image"] {
            assert!(!elements(&picture).contains(element), "{form:?} has <{element}>");
        }
    }
    let texts = xml(&svg.draw(&hostile(), Form::Lines).expect("a picture"));
    assert!(texts.iter().any(|line| line == NAMES[0]), "{texts:?}");
    assert!(texts.iter().any(|line| line == "nul\u{fffd}bell\u{fffd}turn\u{fffd}"), "{texts:?}");
}

#[test]
fn graphviz_shows_hostile_names_as_text() {
    let plain = piped("dot", &["-Tsvg"], &dot(&hostile(), Form::Lines));
    assert_eq!(plain.matches("class=\"node\"").count(), NAMES.len());
    let texts = xml(&plain);
    for name in NAMES.iter().filter(|name| !name.contains('\u{0}')) {
        let shown: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(texts.contains(&shown), "{name}: {texts:?}");
    }
}

/// What a run finds in place of the page before is text at most, whatever it is.
#[test]
fn the_record_of_another_page_is_read_without_trust() {
    let html = page(hostile(), json!([]));
    let record = record_in(html.as_bytes()).expect("a record");
    assert_eq!(record.mesh, NAMES[0]);
    assert_eq!(html.matches("</script>").count(), 1, "nothing ends the record early");
    let begin = html.find("{\"format\":1").expect("the record");
    let json = html.get(begin..html.rfind("</script>").expect("its end")).expect("a part");
    for (from, to) in [
        ("\"format\":1", "\"format\":2"),
        ("\"format\":1", "\"format\":1,\"unheardOf\":0"),
        ("\"links\":\"", "\"links\":\"pppppppppppp"),
        ("\"at\":", "\"at\":99999999999999999999"),
    ] {
        let changed = html.replace(json, &json.replacen(from, to, 1));
        assert_ne!(changed, html, "{from}");
        assert!(record_in(changed.as_bytes()).is_none(), "{to}");
    }
    let large = html.replace(json, &json.replacen("\"mesh\":\"", &format!("\"mesh\":\"{}", "x".repeat(300)), 1));
    assert!(record_in(large.as_bytes()).is_none());
    for other in ["", "<html>", "<script type=\"application/json\" id=\"meshbundle-report\">", "\u{0}"] {
        assert!(record_in(other.as_bytes()).is_none());
    }
    assert!(record_in(&[0xff, 0xfe]).is_none());
}

/// A report that others saved may say anything: it is refused, or is about clusters that the mesh does not have.
#[test]
fn observations_are_read_without_trust() {
    let read = |cluster: Option<&str>, json: Value| Observation::read("x".to_owned(), cluster, json.to_string().as_bytes());
    let probe = json!({ "at": "2026-11-21T12:00:00Z", "links": [{ "cluster": NAMES[0], "ready": true }] });
    assert_eq!(read(Some("oslo"), probe.clone()).expect("a report").links(), 1);
    assert!(read(None, probe.clone()).expect_err("nowhere").to_string().contains("in which cluster"));
    for (key, value) in [("at", json!("soon")), ("at", json!(0)), ("links", json!({})), ("links", json!([{ "cluster": "x" }]))] {
        let mut changed = probe.clone();
        changed[key] = value;
        assert!(read(Some("oslo"), changed).is_err(), "{key}");
    }
    assert!(read(None, json!({ "at": "2026-11-21T12:00:00Z" })).is_err());
    assert!(Observation::read("x".to_owned(), None, b"[").is_err());
}
