//! Which rows of a row group are picked.

use std::mem;
use std::ops::Range;

use datafusion::datasource::physical_plan::parquet::RowGroupAccess;
use datafusion::parquet::arrow::arrow_reader::RowSelection;

/// The engine's reader decodes the rows between where runs of picked ones and of others are shorter than 32 rows on
/// average, and passes over them where they are longer; twice as many here, to be on the safe side.
const RUN_ROWS: usize = 64;

/// Rows of a row group, as ranges in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Picks(Vec<Range<usize>>);

impl Picks {
    /// What an access plan leaves of so many rows.
    pub(super) fn of(access: Option<&RowGroupAccess>, rows: usize) -> Self {
        match access {
            None | Some(RowGroupAccess::Scan) => Self::default().and(0..rows),
            Some(RowGroupAccess::Skip) => Self::default(),
            Some(RowGroupAccess::Selection(selection)) => {
                let mut start = 0;
                selection.iter().fold(Self::default(), |picks, selector| {
                    let range = start..start + selector.row_count;
                    start = range.end;
                    if selector.skip { picks } else { picks.and(range) }
                })
            }
        }
    }

    /// These, and a range behind them.
    fn and(mut self, range: Range<usize>) -> Self {
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.0.push(range),
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many rows they are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(ExactSizeIterator::len).sum()
    }

    /// The ranges within some rows.
    fn within(&self, rows: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let first = self.0.partition_point(|range| range.end <= rows.start);
        let Range { start, end } = *rows;
        let overlapping = self.0[first..].iter().take_while(move |range| range.start < end);
        overlapping.map(move |range| range.start.max(start)..range.end.min(end))
    }

    /// Of each of some pages whether a row of it is picked.
    pub(super) fn pages(&self, pages: &[Range<usize>]) -> Vec<bool> {
        pages.iter().map(|page| self.within(page).next().is_some()).collect()
    }

    /// Leaves out the pages that are not kept.
    pub(super) fn keep_pages(&self, pages: &[Range<usize>], is_kept: &[bool]) -> Self {
        let kept = pages.iter().zip(is_kept).filter(|(_, kept)| **kept);
        kept.flat_map(|(page, _)| self.within(page)).fold(Self::default(), Self::and)
    }

    /// Keeps rows by their codes: those of the wanted pages stand one behind another.
    pub(super) fn keep_codes(&self, pages: &[Range<usize>], is_wanted: &[bool], codes: &[u32], holds: &[bool]) -> Self {
        let mut kept = Self::default();
        self.each_coded(pages, is_wanted, |rows, place| {
            for (row, _) in rows.clone().zip(&codes[place..]).filter(|(_, code)| holds[**code as usize]) {
                kept = mem::take(&mut kept).and(row..row + 1);
            }
        });
        kept
    }

    /// The codes of the picked rows, out of those of the wanted pages.
    pub(super) fn codes(&self, pages: &[Range<usize>], is_wanted: &[bool], codes: &[u32]) -> Vec<u32> {
        let mut picked = Vec::with_capacity(self.len());
        self.each_coded(pages, is_wanted, |rows, place| picked.extend_from_slice(&codes[place..place + rows.len()]));
        picked
    }

    /// The picked rows by pages, and where the first of them stands among the rows of the wanted pages.
    fn each_coded(&self, pages: &[Range<usize>], is_wanted: &[bool], mut see: impl FnMut(Range<usize>, usize)) {
        let mut before = 0;
        for (page, _) in pages.iter().zip(is_wanted).filter(|(_, wanted)| **wanted) {
            self.within(page).for_each(|rows| see(rows.clone(), before + rows.start - page.start));
            before += page.len();
        }
    }

    /// Keeps some of the rows, which are told of each picked one in turn.
    pub(super) fn keep(&self, holds: &[bool]) -> Self {
        let rows = self.0.iter().cloned().flatten().zip(holds);
        rows.filter(|(_, holds)| **holds).fold(Self::default(), |kept, (row, _)| kept.and(row..row + 1))
    }

    /// The same without gaps where they are many and small, as all between is decoded.
    pub(super) fn decoded(&self) -> Self {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return self.clone() };
        let all = first.start..last.end;
        if all.len() / RUN_ROWS < 2 * self.0.len() { Self::default().and(all) } else { self.clone() }
    }

    pub(super) fn selection(&self, rows: usize) -> RowSelection {
        RowSelection::from_consecutive_ranges(self.0.iter().cloned(), rows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picks(rows: &[bool]) -> Picks {
        let picked = (0..).zip(rows).filter(|(_, picked)| **picked);
        picked.fold(Picks::default(), |picks, (row, _)| picks.and(row..row + 1))
    }

    proptest! {
        #[test]
        fn picks_are_the_rows_that_hold(
            rows in prop::collection::vec((any::<bool>(), any::<bool>(), 0_u32..3), 0..60),
            cuts in prop::collection::vec(0_usize..60, 0..5),
        ) {
            let first: Vec<bool> = rows.iter().map(|row| row.0).collect();
            let all = picks(&first);
            prop_assert_eq!(all.len(), first.iter().filter(|picked| **picked).count());
            let mut starts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < rows.len()).chain([0]).collect();
            starts.sort_unstable();
            starts.dedup();
            let ends = starts.iter().skip(1).copied().chain([rows.len()]);
            let pages: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
            let wanted = all.pages(&pages);
            let expected: Vec<bool> = pages.iter().map(|page| first[page.clone()].contains(&true)).collect();
            prop_assert_eq!(&wanted, &expected);

            let codes: Vec<u32> = pages.iter().zip(&wanted).filter(|(_, wanted)| **wanted)
                .flat_map(|(page, _)| rows[page.clone()].iter().map(|row| row.2)).collect();
            let holds = [true, false, true];
            let both: Vec<bool> = rows.iter().map(|row| row.0 && holds[row.2 as usize]).collect();
            prop_assert_eq!(all.keep_codes(&pages, &wanted, &codes, &holds), picks(&both));
            let own: Vec<u32> = rows.iter().filter(|row| row.0).map(|row| row.2).collect();
            prop_assert_eq!(all.codes(&pages, &wanted, &codes), own);

            let told: Vec<bool> = rows.iter().filter(|row| row.0).map(|row| row.1).collect();
            let both: Vec<bool> = rows.iter().map(|row| row.0 && row.1).collect();
            prop_assert_eq!(all.keep(&told), picks(&both));

            let kept: Vec<bool> = pages.iter().map(|page| page.start % 2 == 0).collect();
            let both: Vec<bool> = (0..rows.len()).map(|row| {
                let page = pages.iter().position(|page| page.contains(&row)).unwrap();
                first[row] && kept[page]
            }).collect();
            prop_assert_eq!(all.keep_pages(&pages, &kept), picks(&both));
        }
    }
}
