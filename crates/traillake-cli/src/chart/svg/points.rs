//! Points over two axes.

use std::collections::BTreeSet;

use super::super::points::Points;
use super::{Anchor, MARGIN, Sheet, TOP, WIDTH, colour_of, pixels};
use crate::output::Count;

const HEIGHT: f64 = 360.0;

pub(super) fn drawn(points: &Points) -> String {
    let (across, up) = points.scales(8, 6);
    let label_width = up.ticks().into_iter().map(|tick| pixels(&up.label(tick))).fold(0.0, f64::max);
    let (left, right) = (MARGIN + label_width + 8.0, WIDTH - MARGIN - 8.0);
    let mut sheet = Sheet::default();
    let about = Count(points.points.len() as u64, "point").to_string();
    sheet.heading(&points.title(), &about);
    sheet.levels(up, (left, right), (TOP, HEIGHT));
    for tick in across.ticks() {
        let x = left + (right - left) * across.place(tick);
        sheet.line((x, TOP), (x, TOP + HEIGHT), "tl-grid");
        sheet.text((x, TOP + HEIGHT + 20.0), Anchor::Middle, "tl-small", &across.label(tick));
    }
    sheet.text(((left + right) / 2.0, TOP + HEIGHT + 42.0), Anchor::Middle, "tl-dim", &points.across);
    // Those that cannot be told from each other are one: the drawing does not grow with the rows.
    let places: BTreeSet<(i64, i64)> = points
        .points
        .iter()
        .map(|(x, y)| {
            let x = left + (right - left) * across.place(*x);
            let y = TOP + HEIGHT * (1.0 - up.place(*y));
            (x.round() as i64, y.round() as i64)
        })
        .collect();
    for (x, y) in places {
        sheet.add(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" class=\"{}\"/>\n", colour_of(0, false)));
    }
    let said = format!("{about} of {} upwards over {} to the right.", points.up, points.across);
    sheet.finish(&points.title(), &said, &points.notes, TOP + HEIGHT + 56.0)
}
