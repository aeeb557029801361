//! The form of a picture follows from the number of its lines.

use meshbundle::picture::{Form, Svg, dot, mermaid};
use meshbundle::scene::Scene;

use crate::pages::scenes::{names, piped, refute, scene, xml};

fn full(count: usize) -> Scene {
    scene(&names(count), |_, _| true)
}

fn hub(count: usize) -> Scene {
    scene(&names(count), |reader, remote| reader == 0 || remote == 0)
}

fn draw(scene: &Scene, form: Form) -> String {
    Svg::new().and_then(|svg| svg.draw(scene, form)).expect("a picture")
}

fn count(document: &str, text: &str) -> usize {
    document.matches(text).count()
}

/// Sixty lines are drawn, sixty-one are not: a chain of clusters has one line less than clusters.
#[test]
fn lines_end_where_no_eye_follows_them() {
    let chain = |clusters: usize| scene(&names(clusters), |reader, remote| reader.abs_diff(remote) == 1);
    assert_eq!(Form::of(&chain(61)), Form::Lines);
    assert_ne!(Form::of(&chain(62)), Form::Lines);
    for (scene, form) in [
        (full(5), Form::Lines),
        (full(11), Form::Lines),
        (full(12), Form::Matrix),
        (hub(50), Form::Lines),
        (hub(255), Form::Groups),
        (full(255), Form::Matrix),
    ] {
        assert_eq!(Form::of(&scene), form, "{} clusters", scene.clusters.len());
    }
}

/// One broken link of 64,770: its two clusters are seen, the others are one.
#[test]
fn what_differs_is_drawn_alone() {
    let mut large = full(255);
    refute(&mut large, 17, 200);
    assert_eq!(Form::of(&large), Form::Groups);
    let svg = draw(&large, Form::Groups);
    let texts = xml(&svg);
    for text in ["c018", "c201", "253 clusters", "each reads each: proven"] {
        assert!(texts.iter().any(|line| line == text), "{text}: {texts:?}");
    }
    assert!(texts.iter().any(|line| line == "c018 reads c201: broken; c201 reads c018: proven"), "{texts:?}");
    assert_eq!(count(&svg, "<g class=\"n"), 3);
    let matrix = draw(&large, Form::Matrix);
    assert!(xml(&matrix).iter().any(|line| line == "c018 reads c201: broken"));
    assert!(matrix.len() < 60_000, "{} bytes", matrix.len());
}

/// A hub is in the middle, and its spokes are one node where they are many.
#[test]
fn a_hub_is_one_and_its_spokes_are_another() {
    let svg = draw(&hub(255), Form::Groups);
    let texts = xml(&svg);
    assert!(
        texts.iter().any(|line| line == "254 clusters") && texts.iter().any(|line| line == "no links among them"),
        "{texts:?}"
    );
    assert_eq!(count(&svg, "<g class=\"n"), 2);
    let spokes = draw(&hub(50), Form::Lines);
    assert_eq!(
        (count(&spokes, "<g class=\"n"), count(&spokes, "<path class=\"l proven\"")),
        (50, 49 + 1),
        "and one in the legend"
    );
}

/// A pair that reads both ways is one line with two arrows; where its states differ, it has two parts.
#[test]
fn a_pair_is_one_line_with_both_ends() {
    let mut pair = full(2);
    let both = draw(&pair, Form::Lines);
    assert_eq!((count(&both, "class=\"l proven\""), count(&both, "class=\"h proven\"")), (2, 2));
    refute(&mut pair, 0, 1);
    let half = draw(&pair, Form::Lines);
    assert_eq!((count(&half, "class=\"h proven\""), count(&half, "class=\"h broken\"")), (1, 1));
    let one_way = draw(&scene(&names(2), |reader, _| reader == 0), Form::Lines);
    assert_eq!(count(&one_way, "class=\"h proven\""), 1);
}

/// The states differ by more than colour.
#[test]
fn states_differ_by_shape() {
    let svg = draw(&full(3), Form::Lines);
    let looks: Vec<&str> = svg.lines().filter(|line| line.contains("stroke-width") && line.contains("path.l")).collect();
    let shapes: std::collections::BTreeSet<&str> = looks.iter().filter_map(|line| line.split("stroke-width:").nth(1)).collect();
    assert_eq!((looks.len(), shapes.len()), (6, 6), "{looks:?}");
}

/// graphviz reads each form, and finds each cluster.
#[test]
fn graphviz_draws_every_size() {
    for (scene, form, nodes) in [(full(5), Form::Lines, 5), (hub(50), Form::Lines, 50), (hub(255), Form::Groups, 2)] {
        let drawn = piped("dot", &["-Tsvg"], &dot(&scene, form));
        assert_eq!(count(&drawn, "class=\"node\""), nodes);
    }
    // Mermaid refuses more than 500 lines: those that are like most go, and a note says so.
    let mut large = full(40);
    refute(&mut large, 3, 4);
    let text = mermaid(&large, Form::Lines);
    assert!(text.contains("not drawn: 779 pairs #40;proven#41;"), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("x-.-x")).count(), 1, "{text}");
}
