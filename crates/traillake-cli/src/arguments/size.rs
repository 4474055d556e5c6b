//! Sizes of memory as they are typed.

/// A number and a unit, of at least so many bytes. `M` is a mebibyte, as `MiB`; `MB` is a million bytes.
pub(super) fn at_least(least: u64, typed: &str) -> Result<u64, String> {
    let bytes = size(typed).ok_or("write a number and a unit, as 600MB, 1GiB or 512M")?;
    if bytes < least {
        return Err(format!("{}MB are needed at least", least / 1_000_000));
    }
    Ok(bytes)
}

/// A number of bytes in the largest unit that leaves nothing over, as [`at_least`] reads it.
pub(crate) fn size_text(bytes: u64) -> String {
    let units = [("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000)];
    let unit = units.into_iter().find(|(_, factor)| bytes > 0 && bytes.is_multiple_of(*factor));
    let (unit, factor) = unit.unwrap_or(("B", 1));
    format!("{}{unit}", bytes / factor)
}

fn size(typed: &str) -> Option<u64> {
    let unit_at = typed.find(|char: char| !char.is_ascii_digit())?;
    let (number, unit) = typed.split_at(unit_at);
    let power = |base: u64, letter: char| Some(base.pow(1 + u32::try_from("kmgt".find(letter)?).ok()?));
    let unit = unit.trim_start().to_ascii_lowercase();
    let factor = match unit.chars().collect::<Vec<_>>().as_slice() {
        ['b'] => Some(1),
        [letter] | [letter, 'i', 'b'] => power(1_024, *letter),
        [letter, 'b'] => power(1_000, *letter),
        _ => None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_a_number_and_a_unit() {
        for (typed, bytes) in [
            ("600MB", 600_000_000),
            ("1GiB", 1 << 30),
            ("512M", 512 << 20),
            ("2 gb", 2_000_000_000),
            ("1t", 1 << 40),
            ("500000000B", 500_000_000),
        ] {
            assert_eq!(at_least(1, typed), Ok(bytes), "{typed}");
        }
        for wrong in ["", "600", "MB", "-1GB", "1.5GB", "6x", "1GBB", "99999999999TB", "é", "1é"] {
            let told = "write a number and a unit, as 600MB, 1GiB or 512M";
            assert_eq!(at_least(1, wrong), Err(told.to_owned()), "{wrong}");
        }
    }

    #[test]
    fn a_size_is_written_as_it_is_read() {
        for text in ["2GB", "1GiB", "512MiB", "64MB", "1500MB", "3B"] {
            assert_eq!(size_text(size(text).unwrap()), text);
        }
    }

    #[test]
    fn too_little_memory_is_told_with_the_least() {
        assert_eq!(at_least(500_000_000, "64kB"), Err("500MB are needed at least".to_owned()));
    }
}
