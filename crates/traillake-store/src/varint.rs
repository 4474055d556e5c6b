//! Numbers in as few bytes as they need: seven bits each, the lowest first, and whether more follow.

/// Appends a number.
pub(crate) fn write(mut number: u64, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// Takes a number from the front; `None` where the bytes end within one, or it has more than 64 bits.
pub(crate) fn read(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let mut bytes = Vec::new();
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX];
        numbers.iter().for_each(|number| write(*number, &mut bytes));
        let mut left = bytes.as_slice();
        assert_eq!(numbers.map(|_| read(&mut left)), numbers.map(Some));
        assert_eq!(read(&mut left), None);
        assert_eq!(read(&mut [0x80; 20].as_slice()), None);
    }
}
