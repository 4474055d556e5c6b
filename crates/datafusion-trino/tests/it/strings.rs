//! Text by letters, not bytes, and with Trino's edges.

use crate::session::{fails, optimized, rows, values};

#[tokio::test]
async fn trap_6_substr_counts_from_both_ends() {
    values(&[
        ("substr('abcdef', 2, 3)", "bcd"),
        ("substr('abcdef', -3)", "def"),
        ("substr('abcdef', -3, 2)", "de"),
        ("substr('abcdef', 0)", ""),
        ("substr('abcdef', -9)", ""),
        ("substring('信念,爱' FROM 2 FOR 2)", "念,"),
        ("substr('abc', 2, -1)", ""),
        ("to_hex(substr(X'01020304', -2))", "0304"),
    ])
    .await;
}

#[tokio::test]
async fn trap_7_split_part_past_the_end_is_null() {
    values(&[
        ("split_part('a/b', '/', 2)", "b"),
        ("split_part('a/b', '/', 3)", "NULL"),
        ("split_part('abc', '', 2)", "b"),
        ("split('a/b/c', '/', 2)", "[a, b/c]"),
    ])
    .await;
    fails(&[
        ("split_part('a', '/', 0)", "Index must be greater than zero"),
        ("split('a', '', 1)", "The delimiter may not be the empty string"),
        ("split('a', '/', 0)", "Limit must be positive"),
    ])
    .await;
}

#[tokio::test]
async fn trap_8_concat_with_null_is_null() {
    values(&[
        ("concat('a', NULL)", "NULL"),
        ("concat('a', 'b', 'c')", "abc"),
        ("to_hex(concat(X'01', X'02'))", "0102"),
        ("to_hex(X'CA FE' || X'01')", "CAFE01"),
        ("concat_ws(',', 'a', NULL, '', 'b')", "a,,b"),
        ("concat_ws(NULL, 'a')", "NULL"),
        ("concat_ws('-', ARRAY['a', NULL, 'b'])", "a-b"),
        ("concat_ws(',', CAST(NULL AS array(varchar)))", "NULL"),
    ])
    .await;
    fails(&[("concat('a')", "There must be two or more concatenation arguments"), ("concat_ws(',', 1, 2)", "varchar")])
        .await;
}

#[tokio::test]
async fn trap_16_like_has_no_escape_unless_one_is_given() {
    values(&[
        (r"'a\b' LIKE 'a\b'", "true"),
        (r"'a%' LIKE 'a\%'", "false"),
        ("'100%' LIKE '100#%' ESCAPE '#'", "true"),
        ("'1000' LIKE '100#%' ESCAPE '#'", "false"),
        ("'a_c' LIKE concat('a', '!_c') ESCAPE '!'", "true"),
        ("'abc' LIKE concat('a', '!_c') ESCAPE '!'", "false"),
        (r"'a\c' LIKE concat('a\', '%')", "true"),
    ])
    .await;
    fails(&[
        ("'a' LIKE '#a' ESCAPE '#'", "Escape character must be followed by"),
        ("'a' LIKE 'a' ESCAPE 'xy'", "Escape string must be a single character"),
    ])
    .await;
    let plan = optimized("SELECT eventid FROM events WHERE eventName LIKE 'Get%'").await;
    assert!(plan.contains("LIKE Utf8(\"Get%\")"), "{plan}");
    let sql = "SELECT a.eventid FROM events a JOIN events b ON a.eventName LIKE substr(b.eventName, 1, 3) || '%'
        WHERE b.eventid = 'e1'";
    assert_eq!(rows(sql).await, ["e1"]);
}

#[tokio::test]
async fn letters_stay_as_many() {
    values(&[
        ("upper('straße')", "STRAßE"),
        ("lower('ÀB')", "àb"),
        ("length('héé')", "3"),
        ("reverse('añb')", "bña"),
        ("chr(128077)", "👍"),
        ("codepoint('萌')", "33804"),
        ("normalize('scho\u{308}n') = 'schön'", "true"),
        ("length(normalize('schön', NFD))", "6"),
        ("translate('abcd', 'aac', 'zq')", "zbd"),
    ])
    .await;
    fails(&[
        ("chr(-1)", "Not a valid Unicode code point: -1"),
        ("codepoint('ab')", "exactly one letter"),
        ("normalize('a', NFX)", "Normalization form must be one of"),
    ])
    .await;
}

#[tokio::test]
async fn padding_and_trimming() {
    values(&[
        ("lpad('text', 7, 'xy')", "xyxtext"),
        ("rpad('信念', 4, '望')", "信念望望"),
        ("lpad('text', 2, 'x')", "te"),
        ("to_hex(lpad(X'12', 3, X'4524'))", "452412"),
        ("trim('  a  ')", "a"),
        ("trim(LEADING 'x' FROM 'xxaxx')", "axx"),
        ("trim(TRAILING 'x' FROM 'xxaxx')", "xxa"),
        ("trim(BOTH 'xy' FROM 'xyaxy')", "a"),
        ("ltrim('  hello', 'e h')", "llo"),
        ("rtrim('źółć', 'ćł')", "źó"),
    ])
    .await;
    fails(&[
        ("lpad('a', -1, 'x')", "Target length must be in the range"),
        ("rpad('a', 3, '')", "Padding string must not be empty"),
    ])
    .await;
}

#[tokio::test]
async fn positions_and_parts() {
    values(&[
        ("strpos('hello', 'l', 2)", "4"),
        ("strpos('hello', 'l', -1)", "4"),
        ("strpos('aaa', 'aa', 2)", "2"),
        ("strpos('', '')", "1"),
        ("position('l' IN 'hello')", "3"),
        ("overlay('abcdef' PLACING 'XY' FROM 3)", "abXYef"),
        ("overlay('abcdef' PLACING 'XY' FROM 3 FOR 0)", "abXYcdef"),
        ("overlay('abc' PLACING 'XY' FROM 10 FOR 2)", "abcXY"),
        ("replace('foo', '')", "foo"),
        ("replace('a-b', '-', '+')", "a+b"),
        ("split_to_map('a=1,b=,=d', ',', '=')", "{a=1, b=, =d}"),
        ("split_to_multimap('a=1,b=2,a=3', ',', '=')", "{a=[1, 3], b=[2]}"),
    ])
    .await;
    fails(&[
        ("strpos('a', 'a', 0)", "'instance' must be a positive or negative number"),
        ("overlay('a' PLACING 'b' FROM 0)", "must be greater than 0"),
        ("split_to_map('a=1,a=2', ',', '=')", "Duplicate keys (a) are not allowed"),
        ("split_to_map('a', ',', '=')", "Key-value delimiter must appear exactly once"),
    ])
    .await;
}

#[tokio::test]
async fn distances_sounds_and_words() {
    values(&[
        ("levenshtein_distance('信念,爱', 'kitten')", "6"),
        ("levenshtein_distance('kitten', 'sitting')", "3"),
        ("hamming_distance('like', 'hate')", "3"),
        ("soundex('Robert')", "R163"),
        ("soundex('Ashcraft')", "A261"),
        ("luhn_check('4242424242424242')", "true"),
        ("word_stem('runs')", "run"),
        ("word_stem('continuerait', 'fr')", "continu"),
        ("format_number(0)", "0"),
        ("format_number(999)", "999"),
        ("format_number(1234)", "1.23K"),
        ("format_number(12399)", "12.4K"),
        ("format_number(123456)", "123K"),
        ("format_number(-1500000)", "-1.5M"),
        ("parse_data_size('2.2kB')", "2252"),
        ("parse_data_size('1.9B')", "1"),
        ("parse_data_size('.5kB')", "512"),
        ("parse_data_size('2.3MB')", "2411724"),
    ])
    .await;
    fails(&[
        ("hamming_distance('a', 'ab')", "must have the same length"),
        ("luhn_check('12a')", "not a digit"),
        ("word_stem('a', 'xx')", "Unknown stemmer language: xx"),
        ("parse_data_size('1KB')", "Invalid data size: '1KB'"),
        ("parse_data_size('1')", "Invalid data size: '1'"),
    ])
    .await;
}

#[tokio::test]
async fn formats_read_as_in_java() {
    values(&[
        ("format('%s%%', 123)", "123%"),
        ("format('%03d|%-4d|%+d|%(d|%,d', 8, 8, 8, -8, 1234567)", "008|8   |+8|(8)|1,234,567"),
        ("format('%x %X %o', 255, 255, 8)", "ff FF 10"),
        ("format('%.2f %e %g', 2.675e0, 12345.678e0, 0.0001e0)", "2.68 1.234568e+04 0.000100000"),
        ("format('%s %S %b', 'a', 'b', NULL)", "a B false"),
        ("format('%2$s %1$s %<s %s', 'a', 'b')", "b a a a"),
        ("format('%tY-%1$tm-%1$td %1$tA', date '2006-07-04')", "2006-07-04 Tuesday"),
        ("format('%s', timestamp '1969-07-20 16:17:00')", "1969-07-20T16:17"),
        ("format('%,.2f', cast('1234567.895' AS decimal(10,3)))", "1,234,567.90"),
        ("format('%5s|%-5s|%.2s', 'ab', 'ab', 'abc')", "   ab|ab   |ab"),
        ("format('%s', IPADDRESS '10.0.0.1')", "10.0.0.1"),
    ])
    .await;
    fails(&[
        ("format('%d', 'x')", "IllegalFormatConversion"),
        ("format('%.4d', 8)", "IllegalFormatPrecision: 4"),
        ("format('%-02d', 8)", "IllegalFormatFlags"),
        ("format('%s %d', 8)", "MissingFormatArgument"),
        ("format('%y', 8)", "UnknownFormatConversion"),
        ("format('%s', ARRAY[8])", "Type not supported for formatting"),
        ("format(5, 8)", "Type of first argument to format() must be VARCHAR"),
    ])
    .await;
}
