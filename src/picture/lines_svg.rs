//! The lines of a picture, as SVG has them: where each begins and ends, its halves, its arrows, its signs.

use serde::Serialize;

use crate::scene::LinkState;

use super::graph::Line;
use super::layout::Place;
use super::style::class;

/// Room between a box and the end of a line.
const CLEAR: f64 = 5.0;
/// Length of an arrow.
const ARROW: f64 = 11.0;

/// A line that is drawn.
#[derive(Serialize)]
pub(super) struct DrawnLine {
    /// In words.
    pub(super) title: String,
    parts: Vec<Part>,
    heads: Vec<Head>,
    signs: Vec<Sign>,
}

/// A part of it in one state.
#[derive(Serialize)]
struct Part {
    class: &'static str,
    path: String,
}

/// An arrow.
#[derive(Serialize)]
struct Head {
    class: &'static str,
    points: String,
}

/// A sign on it.
#[derive(Serialize)]
struct Sign {
    class: &'static str,
    x: String,
    y: String,
}

/// A number with one decimal, without one where it is whole.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[derive(Clone, Copy)]
struct Point(f64, f64);

impl Point {
    fn towards(self, other: Self, part: f64) -> Self {
        Self((other.0 - self.0).mul_add(part, self.0), (other.1 - self.1).mul_add(part, self.1))
    }

    fn text(self) -> String {
        format!("{} {}", number(self.0), number(self.1))
    }
}

/// A bent line: its ends, and the point that it bends to.
#[derive(Clone, Copy)]
struct Curve {
    from: Point,
    bend: Point,
    to: Point,
}

impl Curve {
    /// The point at a part of the way.
    fn at(self, part: f64) -> Point {
        self.from.towards(self.bend, part).towards(self.bend.towards(self.to, part), part)
    }

    /// The piece from one part of the way to another.
    fn piece(self, begin: f64, end: f64) -> Self {
        let bend = self.from.towards(self.bend, begin).towards(self.bend.towards(self.to, begin), end);
        Self { from: self.at(begin), bend, to: self.at(end) }
    }

    fn path(self) -> String {
        format!("M{}Q{} {}", self.from.text(), self.bend.text(), self.to.text())
    }

    /// An arrow whose tip is its end.
    fn head(self) -> String {
        let (dx, dy) = (self.to.0 - self.bend.0, self.to.1 - self.bend.1);
        let length = dx.hypot(dy).max(0.001);
        let (dx, dy) = (dx / length * ARROW, dy / length * ARROW);
        let wing = |side: f64| Point(self.to.0 - dx - side * dy * 0.42, self.to.1 - dy + side * dx * 0.42);
        format!("{} {} {}", self.to.text(), wing(1.0).text(), wing(-1.0).text())
    }

    const fn reversed(self) -> Self {
        Self { from: self.to, bend: self.bend, to: self.from }
    }
}

/// Where a line from the middle of a box towards a point leaves it.
fn border(place: &Place, towards: Point) -> Point {
    let middle = Point(place.x, place.y);
    let (dx, dy) = (towards.0 - place.x, towards.1 - place.y);
    let (half_width, half_height) = (place.width / 2.0 + CLEAR, place.height / 2.0 + CLEAR);
    let part = (half_width / dx.abs().max(0.001)).min(half_height / dy.abs().max(0.001)).min(1.0);
    middle.towards(towards, part)
}

/// How far a line is bent to get round a box, to either side: the first that works.
const BENDS: [f64; 9] = [0.0, 50.0, -50.0, 90.0, -90.0, 140.0, -140.0, 200.0, -200.0];

/// A line from one column to the next, from side to side.
fn sideways(from: &Place, to: &Place) -> Option<Curve> {
    let is_next = from.column?.abs_diff(to.column?) == 1;
    let side = |place: &Place, other: &Place| {
        let half = place.width / 2.0 + CLEAR;
        Point(place.x + if other.x > place.x { half } else { -half }, place.y)
    };
    let (start, end) = (side(from, to), side(to, from));
    is_next.then(|| Curve { from: start, bend: start.towards(end, 0.5), to: end })
}

/// A line from one box to another that runs through no other box, if there is one.
fn way(from: &Place, to: &Place, places: &[Place]) -> Curve {
    if let Some(sideways) = sideways(from, to) {
        return sideways;
    }
    let (start, end) = (Point(from.x, from.y), Point(to.x, to.y));
    let middle = start.towards(end, 0.5);
    let (dx, dy) = (end.0 - start.0, end.1 - start.1);
    let length = dx.hypot(dy).max(0.001);
    let curve = |by: f64| {
        let bend = Point(middle.0 - dy / length * by, middle.1 + dx / length * by);
        Curve { from: border(from, bend), bend, to: border(to, bend) }
    };
    let is_free = |curve: &Curve| {
        let others = || places.iter().filter(|place| *place != from && *place != to);
        !(1..20u8).map(|step| curve.at(f64::from(step) / 20.0)).any(|point| others().any(|place| covers(place, point)))
    };
    BENDS.into_iter().map(curve).find(is_free).unwrap_or_else(|| curve(0.0))
}

/// Whether a box is at a point.
fn covers(place: &Place, point: Point) -> bool {
    (point.0 - place.x).abs() < place.width / 2.0 + 2.0 && (point.1 - place.y).abs() < place.height / 2.0 + 2.0
}

impl DrawnLine {
    /// A line between two of the places.
    pub(super) fn new(line: Line, title: String, from: &Place, to: &Place, places: &[Place]) -> Self {
        let curve = way(from, to, places);
        let is_spoke = from.hub || to.hub;
        // Lines across a circle meet in its middle: signs there would lie on each other.
        let sign_at = match (from.hub, to.hub) {
            (true, _) if to.compact => 0.72,
            (_, true) if from.compact => 0.28,
            _ if is_spoke => 0.5,
            _ => 0.37,
        };
        let mut drawn = Self { title, parts: Vec::new(), heads: Vec::new(), signs: Vec::new() };
        match (line.forth, line.back) {
            (Some(forth), Some(back)) if forth != back => {
                drawn.part(curve.piece(0.0, 0.485), forth);
                drawn.part(curve.reversed().piece(0.0, 0.485), back);
                drawn.head(curve.piece(0.0, 0.485), forth);
                drawn.head(curve.reversed().piece(0.0, 0.485), back);
                drawn.sign(curve.at(0.25), forth);
                drawn.sign(curve.at(0.75), back);
            }
            (forth, back) => {
                let state = line.worst();
                drawn.part(curve, state);
                if forth.is_some() {
                    drawn.head(curve, state);
                }
                if back.is_some() {
                    drawn.head(curve.reversed(), state);
                }
                drawn.sign(curve.at(sign_at), state);
            }
        }
        drawn
    }

    fn part(&mut self, curve: Curve, state: LinkState) {
        self.parts.push(Part { class: class(state), path: curve.path() });
    }

    fn head(&mut self, curve: Curve, state: LinkState) {
        self.heads.push(Head { class: class(state), points: curve.head() });
    }

    fn sign(&mut self, at: Point, state: LinkState) {
        // A solid line says enough.
        if state != LinkState::Proven {
            self.signs.push(Sign { class: class(state), x: number(at.0), y: number(at.1) });
        }
    }
}
