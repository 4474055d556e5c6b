//! A canvas of dots: eight to a letter of braille, two beside and four above each other.

pub(super) const ACROSS: usize = 2;
pub(super) const UP: usize = 4;

pub(super) struct Dots {
    width: usize,
    height: usize,
    letters: Vec<u8>,
}

impl Dots {
    /// Of so many letters.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, letters: vec![0; width * height] }
    }

    /// Makes a dot, counted from the left and from below. Outside of the canvas none is made.
    pub(super) fn dot(&mut self, x: usize, y: usize) {
        // The bits of the dots of a letter, from the uppermost down, left and right.
        const BITS: [[u8; ACROSS]; UP] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let Some(y) = (self.height * UP).checked_sub(y + 1) else { return };
        if x >= self.width * ACROSS {
            return;
        }
        let letter = self.letters.get_mut(y / UP * self.width + x / ACROSS);
        if let (Some(letter), Some(bit)) = (letter, BITS.get(y % UP).and_then(|bits| bits.get(x % ACROSS))) {
            *letter |= bit;
        }
    }

    /// Makes the dots from one place to another.
    pub(super) fn line(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        let between = |a: usize, b: usize, step: usize| {
            let share = step as f64 / steps as f64;
            (a as f64 + (b as f64 - a as f64) * share).round() as usize
        };
        for step in 0..=steps {
            self.dot(between(from.0, to.0, step), between(from.1, to.1, step));
        }
    }

    /// The lines of text, from the uppermost down.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let letter = |bits: &u8| match *bits {
            0 => ' ',
            bits => char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' '),
        };
        self.letters.chunks(self.width.max(1)).map(move |line| line.iter().map(letter).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_counted_from_the_lower_left_corner() {
        let mut dots = Dots::new(2, 1);
        dots.dot(0, 0);
        dots.dot(3, 3);
        dots.dot(4, 0);
        dots.dot(0, 4);
        assert_eq!(dots.lines().collect::<Vec<_>>(), ["⡀⠈"]);
    }

    #[test]
    fn a_line_has_no_holes() {
        let mut dots = Dots::new(2, 2);
        dots.line((0, 0), (3, 7));
        assert_eq!(dots.lines().collect::<Vec<_>>(), [" ⡜", "⡜ "]);
    }
}
