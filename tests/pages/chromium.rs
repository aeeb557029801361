//! Pages and pictures in a browser: axe-core finds nothing, nothing is fetched, nothing is cut off, A4 has room; and Mermaid's own parser
//! reads what is written for it. One browser for all of it.

use std::fs;

use serde_json::{Value, json};

use meshbundle::picture::{Form, mermaid};

use crate::pages::broken_mesh::{OBSERVED, broken_mesh};
use crate::pages::browser::judge;
use crate::pages::hostile::{NAMES, hostile, page};
use crate::pages::samples::pictures;
use crate::pages::scenes::{names, refute, scene};
use crate::support::Sandbox;

/// Width, height and colours of the screenshots in the documents.
const SHOTS: [(u32, u32, &str); 3] = [(1280, 800, "light"), (768, 1024, "dark"), (390, 844, "light")];

/// A job about a page in a sandbox.
fn job(sandbox: &Sandbox, page: &str) -> Value {
    let shot = |(width, height, scheme): (u32, u32, &str)| {
        let file = sandbox.path(format!("{page}-{width}.png"));
        json!({ "width": width, "height": height, "scheme": scheme, "file": file })
    };
    json!({ "page": sandbox.path(page), "shots": SHOTS.map(shot), "pdf": sandbox.path(format!("{page}.pdf")) })
}

/// A page is accessible, needs nothing, and fits.
fn is_sound(name: &str, result: &Value) {
    assert_eq!(result["violations"], json!([]), "{name}");
    assert!(result["passes"].as_u64().expect("a number") > 20, "{name}: axe-core has judged it");
    let requests = result["requests"].as_array().expect("requests");
    assert_eq!(requests.len(), 1, "{name} fetches {requests:?}");
    assert_eq!(result["scripts"], 0, "{name}");
    for (width, ..) in SHOTS {
        assert_eq!(result["overflow"][width.to_string()], 0, "{name} is wider than {width}");
    }
}

/// The pages of a PDF.
fn printed(sandbox: &Sandbox, page: &str) -> usize {
    let pdf = fs::read(sandbox.path(format!("{page}.pdf"))).expect("a PDF");
    let text = String::from_utf8_lossy(&pdf);
    text.matches("/Type /Page\n").count() + text.matches("/Type /Page ").count() + text.matches("/Type /Page/").count()
}

/// Width and height of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(png.get(..8), Some(&b"\x89PNG\r\n\x1a\n"[..]));
    let number = |at: usize| u32::from_be_bytes(png.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).expect("a header"));
    (number(16), number(20))
}

#[test]
fn a_browser_shows_what_was_meant() {
    let (small, broken) = (Sandbox::with_sample("own-authorities.yaml"), broken_mesh());
    small.generate(&[]);
    small.ok(&["report", "mesh.yaml", "--out", "small.html"]);
    broken.run(&[&["report", "mesh.yaml", "--out", "broken.html"], &OBSERVED[..]].concat());
    let mut five = scene(&names(5), |_, _| true);
    refute(&mut five, 0, 1);
    small.write("five.html", &page(five, json!([])));
    let finding = |name: &&str| json!({ "code": "CM0101", "severity": "error", "file": name, "message": name, "help": name });
    small.write("hostile.html", &page(hostile(), NAMES.iter().map(finding).collect()));
    let mut large = scene(&names(255), |_, _| true);
    refute(&mut large, 9, 99);
    small.write("large.html", &page(large, json!([])));

    let mut matrix = scene(&names(20), |reader, remote| reader % 4 != remote % 5);
    refute(&mut matrix, 1, 3);
    let drawn = [(scene(&names(5), |_, _| true), Form::Lines), (hostile(), Form::Lines), (matrix, Form::Groups)];
    let pages = ["small.html", "five.html", "hostile.html", "large.html"];
    let mut jobs: Vec<Value> = pages.iter().map(|page| job(&small, page)).collect();
    jobs.push(job(&broken, "broken.html"));
    jobs.extend(drawn.iter().map(|(scene, form)| json!({ "mermaid": mermaid(scene, *form) })));
    // The judge sees what is wrong.
    jobs.push(json!({ "mermaid": "flowchart LR\n  a[\"x] --> b" }));
    small.write(
        "bad.html",
        "<html><body><img src=\"gone.png\"><table><tr><td>x</table><p style=\"color:#ccc;background:#fff\">pale",
    );
    jobs.push(json!({ "page": small.path("bad.html") }));
    let results = judge(&jobs);

    for (name, result) in pages.iter().chain(&["broken.html"]).zip(&results) {
        is_sound(name, result);
    }
    let [small_seen, five_seen, hostile_seen, large_seen, broken_seen, plain, escaped, grouped, refused, bad] =
        results.as_slice()
    else {
        panic!("{} results", results.len())
    };
    for (seen, name) in [(small_seen, "small"), (five_seen, "five")] {
        assert!(seen["glanceEnds"].as_f64().expect("a number") < 800.0, "{name}: picture and summary fit one screen");
    }
    let text = |seen: &Value| seen["text"].as_str().expect("text").split_whitespace().collect::<Vec<_>>().join(" ");
    for name in NAMES.iter().filter(|name| !name.contains('\u{0}')) {
        let shown = name.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text(hostile_seen).contains(&shown), "{name} shows as text");
    }
    for words in
        ["2 of 56 links are broken", "Expires first: server certificate of quito/etcd1", "from paris to https://10.7.0.1:2379"]
    {
        assert!(text(broken_seen).contains(words), "{words}");
    }
    assert!(text(large_seen).contains("c010 reads c100"));
    let pages = [printed(&small, "five.html"), printed(&broken, "broken.html"), printed(&small, "large.html")];
    assert!((1..=3).contains(&pages[0]) && (2..=8).contains(&pages[1]) && (5..=16).contains(&pages[2]), "A4: {pages:?}");

    assert_eq!((&plain["type"], &plain["nodes"], &plain["lines"]), (&json!("flowchart-v2"), &json!(5), &json!(10)), "{plain}");
    assert_eq!((&escaped["nodes"], &escaped["active"]), (&json!(8), &json!(0)), "{escaped}");
    let texts = escaped["texts"].to_string();
    assert!(texts.contains("<script>alert(1)</script>") && texts.contains("%%{init: {}}%%; click x"), "{texts}");
    assert!(grouped["error"].is_null() && grouped["nodes"].as_u64().expect("a number") > 3, "{grouped}");
    assert!(refused["error"].is_string(), "Mermaid takes everything: {refused}");
    assert!(bad["violations"].as_array().expect("a list").len() > 2, "axe-core finds nothing: {bad}");

    for (width, height, _) in SHOTS {
        let png = fs::read(broken.path(format!("broken.html-{width}.png"))).expect("a screenshot");
        assert_eq!(size(&png), (width, height));
        assert!(png.len() > 10_000, "an empty page");
        let kept = pictures().join(format!("report-{width}.png"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&kept, &png).expect("written");
        }
        let kept = fs::read(&kept).unwrap_or_else(|error| panic!("{}: {error}: UPDATE=1 makes it", kept.display()));
        assert_eq!(size(&kept), (width, height));
    }
}
