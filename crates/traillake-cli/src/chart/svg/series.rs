//! Columns over time: on top of each other where they are parts of one number, else a panel for each. Lines where values
//! are negative.

use super::super::calendar::ticks;
use super::super::labels::shortened;
use super::super::scale::{Scale, written};
use super::super::series::{Fitted, Line, Series};
use super::{Anchor, MARGIN, Sheet, TOP, WIDTH, colour_of, pixels};

/// Columns at most.
const STEPS_MAX: usize = 240;
const LABELS_MAX: usize = 10;
/// Of a drawing with one panel, and of each of several.
const HEIGHT: f64 = 300.0;
const PANEL_HEIGHT: f64 = 120.0;
const PANEL_GAP: f64 = 44.0;
const LEGEND_ROW: f64 = 22.0;
const LEGEND_COLUMNS: usize = 36;
/// The widest column, however few there are.
const COLUMN_MAX: f64 = 48.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - MARGIN;

pub(super) fn drawn(series: &Series) -> String {
    let fitted = series.fitted(STEPS_MAX);
    let (low, high) = fitted.range(None);
    let about = format!("by {} · {}", fitted.step, series.range(&fitted));
    let mut sheet = Sheet::default();
    sheet.heading(&series.title, &about);
    let panels = Panels { series, fitted: &fitted };
    let bottom = match series.are_parts && low >= 0.0 {
        true => panels.stacked(&mut sheet),
        false => panels.apart(&mut sheet),
    };
    panels.axis_of_time(&mut sheet, bottom);
    let notes: Vec<String> = fitted.note.iter().chain(&series.notes).cloned().collect();
    let whole = series.lines.iter().all(|line| line.whole);
    let said = format!("Columns over time, {about}. Values from {} to {}.", written(low, whole), written(high, whole));
    sheet.finish(&series.title, &said, &notes, bottom + 44.0)
}

struct Panels<'a> {
    series: &'a Series,
    fitted: &'a Fitted,
}

impl Panels<'_> {
    /// The columns of all lines on top of each other, and which colour is which. Gives where the drawing ends.
    fn stacked(&self, sheet: &mut Sheet) -> f64 {
        let top = if self.series.lines.len() > 1 { self.legend(sheet) } else { TOP };
        let steps = 0..self.fitted.len();
        let sum = |place: usize| self.fitted.values.iter().filter_map(|values| *values.get(place)?).sum::<f64>();
        let high = steps.clone().map(sum).fold(0.0, f64::max);
        let whole = self.series.lines.iter().all(|line| line.whole);
        let scale = Scale::with_zero(0.0, high, 5, whole);
        sheet.levels(scale, (LEFT, RIGHT), (top, HEIGHT));
        for place in steps {
            let mut below = 0.0;
            for (at, line) in self.series.lines.iter().enumerate() {
                let Some(value) = self.value(at, place) else { continue };
                let (from, to) = (scale.place(below), scale.place(below + value));
                below += value;
                let upper = (self.left_of(place), top + HEIGHT * (1.0 - to));
                self.column(sheet, upper, HEIGHT * (to - from), (at, line), (place, value));
            }
        }
        top + HEIGHT
    }

    /// A panel for each line. Gives where the last one ends.
    fn apart(&self, sheet: &mut Sheet) -> f64 {
        let are_many = self.series.lines.len() > 1;
        let (height, gap) = if are_many { (PANEL_HEIGHT, PANEL_GAP) } else { (HEIGHT, 0.0) };
        let mut top = TOP + gap / 2.0;
        for (at, line) in self.series.lines.iter().enumerate() {
            let (low, high) = self.fitted.range((!self.series.are_parts).then_some(at));
            let scale = Scale::with_zero(low, high, if are_many { 2 } else { 5 }, line.whole);
            if are_many {
                sheet.text((LEFT, top - 10.0), Anchor::Start, "", &shortened(&line.name, super::TITLE_COLUMNS));
            }
            sheet.levels(scale, (LEFT, RIGHT), (top, height));
            match scale.low() < 0.0 {
                true => self.line(sheet, scale, (top, height), (at, line)),
                false => self.columns(sheet, scale, (top, height), (at, line)),
            }
            top += height + gap;
        }
        top - gap
    }

    fn columns(&self, sheet: &mut Sheet, scale: Scale, (top, height): (f64, f64), (at, line): (usize, &Line)) {
        for place in 0..self.fitted.len() {
            let Some(value) = self.value(at, place) else { continue };
            let share = scale.place(value);
            let upper = (self.left_of(place), top + height * (1.0 - share));
            self.column(sheet, upper, height * share, (at, line), (place, value));
        }
    }

    fn column(
        &self,
        sheet: &mut Sheet,
        upper: (f64, f64),
        height: f64,
        (at, line): (usize, &Line),
        (place, value): (usize, f64),
    ) {
        if height > 0.0 {
            let moment = self.fitted.step.moment(self.fitted.start(place));
            let about = format!("{moment} · {}: {}", line.name, written(value, line.whole));
            sheet.bar(upper, (self.thick(), height.max(0.5)), &colour_of(at, line.is_rest), &about);
        }
    }

    /// A line that breaks off where values are missing.
    fn line(&self, sheet: &mut Sheet, scale: Scale, (top, height): (f64, f64), (at, line): (usize, &Line)) {
        let mut path = String::new();
        let mut is_down = false;
        for place in 0..self.fitted.len() {
            let Some(value) = self.value(at, place) else {
                is_down = false;
                continue;
            };
            let (x, y) = (self.left_of(place) + self.thick() / 2.0, top + height * (1.0 - scale.place(value)));
            path.push_str(&format!("{}{x:.1} {y:.1}", if is_down { 'L' } else { 'M' }));
            // A point alone is seen, too.
            path.push_str(if is_down { "" } else { "h0" });
            is_down = true;
        }
        sheet.add(format_args!("<path d=\"{path}\" class=\"{} tl-line\"/>\n", colour_of(at, line.is_rest)));
    }

    /// Gives where the drawing may begin.
    fn legend(&self, sheet: &mut Sheet) -> f64 {
        let (mut x, mut y) = (MARGIN, TOP + 4.0);
        for (at, line) in self.series.lines.iter().enumerate() {
            let name = shortened(&line.name, LEGEND_COLUMNS);
            let taken = pixels(&name) + 44.0;
            if x > MARGIN && x + taken > RIGHT {
                (x, y) = (MARGIN, y + LEGEND_ROW);
            }
            sheet.bar((x, y - 10.0), (12.0, 12.0), &colour_of(at, line.is_rest), &line.name);
            sheet.text((x + 18.0, y), Anchor::Start, "", &name);
            x += taken;
        }
        y + LEGEND_ROW
    }

    fn axis_of_time(&self, sheet: &mut Sheet, bottom: f64) {
        let last = self.fitted.start(self.fitted.len().saturating_sub(1)).max(self.series.first);
        let mut labels = ticks(self.series.first, last, LABELS_MAX);
        if labels.is_empty() {
            labels.push((self.series.first, self.fitted.step.moment(self.fitted.start(0))));
        }
        for (time, label) in labels {
            let Some(place) = self.fitted.place(time) else { continue };
            let x = self.left_of(place) + self.thick() / 2.0;
            sheet.line((x, bottom), (x, bottom + 5.0), "tl-axis");
            sheet.text((x, bottom + 21.0), Anchor::Middle, "tl-small", &label);
        }
    }

    fn value(&self, line: usize, place: usize) -> Option<f64> {
        self.fitted.values.get(line)?.get(place).copied().flatten()
    }

    /// What a step has of the width.
    fn pitch(&self) -> f64 {
        (RIGHT - LEFT) / self.fitted.len().max(1) as f64
    }

    fn thick(&self) -> f64 {
        (self.pitch() * 0.8).min(COLUMN_MAX)
    }

    fn left_of(&self, place: usize) -> f64 {
        LEFT + self.pitch() * place as f64 + (self.pitch() - self.thick()) / 2.0
    }
}
