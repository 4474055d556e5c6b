//! A sketch of the distribution of weighted numbers: exact for few, close for many.

/// Centroids kept when there are more numbers.
const KEPT: usize = 1_000;
/// Numbers gathered before they are merged into centroids.
const GATHERED: usize = 8_000;

/// Means with weights. As long as there are few numbers, every one is its own mean.
#[derive(Debug, Clone, Default)]
pub(super) struct Digest {
    centroids: Vec<(f64, f64)>,
    sorted: bool,
    merged: bool,
}

impl Digest {
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        self.centroids.push((value, weight));
        self.sorted = false;
        if self.centroids.len() > GATHERED {
            self.merge();
        }
    }

    pub(super) fn centroids(&self) -> &[(f64, f64)] {
        &self.centroids
    }

    pub(super) fn is_merged(&self) -> bool {
        self.merged
    }

    /// Marks a digest read from a partial state whose centroids stand for several numbers.
    pub(super) fn set_merged(&mut self) {
        self.merged = true;
    }

    fn sort(&mut self) {
        if !self.sorted {
            self.centroids.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.sorted = true;
        }
    }

    fn total(&self) -> f64 {
        self.centroids.iter().map(|(_, weight)| weight).sum()
    }

    /// Neighbours become one, fewer at the ends, where shares are asked for most.
    fn merge(&mut self) {
        self.sort();
        let total = self.total();
        let mut merged: Vec<(f64, f64)> = Vec::with_capacity(KEPT * 2);
        let mut before = 0.0;
        for &(mean, weight) in &self.centroids {
            if let Some(last) = merged.last_mut() {
                let middle = (before + (last.1 + weight) / 2.0) / total;
                let most = 4.0 * total * middle * (1.0 - middle) / KEPT as f64;
                if last.1 + weight <= most {
                    last.0 += (mean - last.0) * weight / (last.1 + weight);
                    last.1 += weight;
                    self.merged = true;
                    continue;
                }
                before += last.1;
            }
            merged.push((mean, weight));
        }
        self.centroids = merged;
    }

    /// The value below which a share of the weight lies: one of the numbers while they are few, between
    /// two means later.
    pub(super) fn quantile(&mut self, share: f64) -> Option<f64> {
        self.sort();
        let target = share * self.total();
        let mut before = 0.0;
        let mut previous: Option<(f64, f64)> = None;
        for &(mean, weight) in &self.centroids {
            let middle = before + weight / 2.0;
            if self.merged {
                if target < middle {
                    return Some(match previous {
                        None => mean,
                        Some((at, value)) => value + (mean - value) * (target - at) / (middle - at),
                    });
                }
                previous = Some((middle, mean));
            } else if before + weight >= target {
                return Some(mean);
            }
            before += weight;
        }
        self.centroids.last().map(|(mean, _)| *mean)
    }

    pub(super) fn size(&self) -> usize {
        self.centroids.capacity() * size_of::<(f64, f64)>()
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn few_numbers_are_exact_and_many_are_close() {
        let mut few = Digest::default();
        for value in [3.0, 1.0, 2.0, 4.0] {
            few.add(value, 1.0);
        }
        assert_eq!([0.0, 0.25, 0.5, 0.51, 1.0].map(|p| few.quantile(p)), [1.0, 1.0, 2.0, 3.0, 4.0].map(Some));
        let mut many = Digest::default();
        for value in 0..100_000 {
            many.add(f64::from(value * 7_919 % 100_000), 1.0);
        }
        for share in [0.001, 0.01, 0.5, 0.95, 0.999] {
            let found = many.quantile(share).unwrap();
            assert!((found - share * 100_000.0).abs() < 150.0, "{share}: {found}");
        }
        assert!(many.size() < 1_000_000 && many.is_merged());
        assert_eq!(Digest::default().quantile(0.5), None);
    }
}
