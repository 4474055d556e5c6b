//! Files that cannot be read to their end.

use super::{Nature, Oddity, delivered, record};
use crate::trail::gzip;

pub(super) fn all() -> Vec<Oddity> {
    let whole = delivered(&[record(1), record(2), record(3)]);
    let cut = &whole[..whole.len() - record(3).len() / 2];
    let zipped = gzip(&whole);
    let half = zipped[..zipped.len() / 2].to_vec();
    let mut flipped = zipped.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 0xff;
    let two = [record(1), record(2)];
    let of =
        |name, about, bytes: Vec<u8>, records: &[String]| Oddity::new(name, Nature::Damaged, about, bytes, records);
    let mut latin = delivered(&two[..1]).into_bytes();
    let place = latin.windows(3).position(|window| window == b"odd").unwrap_or_default();
    latin[place] = 0xe9;
    vec![
        of("empty_file", "a file of no bytes", Vec::new(), &[]),
        of("white_space_only", "a file of white space", b" \n\n".to_vec(), &[]),
        of("truncated_json", "the document ends in the middle of the third record", cut.as_bytes().to_vec(), &two),
        of(
            "unclosed_json",
            "the closing brackets are missing",
            whole.as_bytes()[..whole.len() - 2].to_vec(),
            &[record(1), record(2), record(3)],
        ),
        of(
            "truncated_line",
            "the last of three lines is cut",
            format!("{}\n{}\n{}", two[0], two[1], &record(3)[..200]).into_bytes(),
            &two,
        ),
        of(
            "bad_line",
            "the second of three lines is no JSON",
            format!("{}\noops\n{}\n", two[0], two[1]).into_bytes(),
            &two,
        ),
        of(
            "comma_missing",
            "there is no comma between two records",
            whole.replacen("},{\"eventVersion\"", "}{\"eventVersion\"", 1).into_bytes(),
            &[record(1), record(2), record(3)],
        ),
        of(
            "value_broken",
            "a value of the second of three records is no JSON",
            delivered(&[record(1), record(2).replacen("\"readOnly\":true", "\"readOnly\":yes", 1), record(3)])
                .into_bytes(),
            &[record(1), record(3)],
        ),
        of("trailing_garbage", "text follows the document", format!("{}oops", delivered(&two)).into_bytes(), &two),
        of(
            "records_of_other_types",
            "a number, null and text among the records",
            format!("{{\"Records\":[{},7,null,\"x\",{}]}}", two[0], two[1]).into_bytes(),
            &two,
        ),
        of("latin_1", "a string is not UTF-8", latin, &[]),
        of("not_json", "text that is no JSON", b"<Error><Code>AccessDenied</Code></Error>".to_vec(), &[]),
        of("truncated_gzip", "gzip that ends in the middle", half, &[]).named("odd.json.gz"),
        of("bad_checksum_gzip", "gzip whose checksum does not match", flipped, &[record(1), record(2), record(3)])
            .named("odd.json.gz"),
        of(
            "gzip_with_garbage",
            "bytes that are no gzip member follow the first",
            [gzip(&delivered(&two)), b"oops".to_vec()].concat(),
            &two,
        )
        .named("odd.json.gz"),
        of("not_gzip", "a file named .gz that is neither gzip nor JSON", vec![0, 1, 2, 3, 0xff, 0xfe], &[])
            .named("odd.json.gz"),
    ]
}
