//! Varbinary, its hashes and text forms; URLs; addresses and uuids.

use crate::session::{fails, rows, values};

#[tokio::test]
async fn trap_28_hashes_take_and_give_varbinary() {
    values(&[
        ("to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661"),
        ("to_hex(sha1(to_utf8('a')))", "86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8"),
        ("to_hex(sha256(to_utf8('a')))", "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"),
        ("length(sha512(X''))", "64"),
        (
            "to_hex(hmac_md5(to_utf8('what do ya want for nothing?'), to_utf8('Jefe')))",
            "750C783E6AB0B503EAA86E310A5DB738",
        ),
        (
            "to_hex(hmac_sha1(to_utf8('what do ya want for nothing?'), to_utf8('Jefe')))",
            "EFFCDF6AE5EB2FA2D27416D5F184DF9C259A7C79",
        ),
        ("crc32(to_utf8('123456789'))", "3421780262"),
        ("to_hex(xxhash64(X''))", "EF46DB3751D8E999"),
        ("length(murmur3(X'01'))", "16"),
        ("to_hex(spooky_hash_v2_32(X''))", "6BF50919"),
    ])
    .await;
    fails(&[("md5('a')", "md5(varbinary)"), ("to_hex(1)", "to_hex(varbinary)")]).await;
}

#[tokio::test]
async fn bytes_have_text_forms() {
    values(&[
        ("to_hex(from_hex('0aFF'))", "0AFF"),
        ("to_base64(to_utf8('hello'))", "aGVsbG8="),
        ("from_utf8(from_base64('aGVsbG8'))", "hello"),
        ("to_base64url(X'FBFF')", "-_8="),
        ("to_hex(from_base64url('-_8='))", "FBFF"),
        ("to_base32(to_utf8('foobar'))", "MZXW6YTBOI======"),
        ("from_utf8(from_base32('MZXW6YTBOI======'))", "foobar"),
        ("from_utf8(X'58DF')", "X\u{fffd}"),
        ("from_utf8(X'58DF', '#')", "X#"),
        ("from_utf8(X'58DF', 35)", "X#"),
        ("length(X'0102')", "2"),
        ("to_hex(reverse(X'0102'))", "0201"),
        ("to_hex(to_big_endian_64(1))", "0000000000000001"),
        ("from_big_endian_32(X'80000001')", "-2147483647"),
        ("to_hex(to_ieee754_64(1e0))", "3FF0000000000000"),
        ("from_ieee754_32(X'3F800000')", "1.0"),
    ])
    .await;
    fails(&[
        ("from_hex('f')", "invalid input length 1"),
        ("from_hex('zz')", "'z' is no hexadecimal digit"),
        ("from_base32('1=')", "Invalid input length 1"),
        ("from_base32('M1======')", "Unrecognized character: 1"),
        ("from_big_endian_64(X'01')", "expected 8-byte input"),
        ("from_ieee754_32(X'01')", "exactly 4 bytes"),
        ("to_big_endian_32(3000000000)", "32 bits"),
    ])
    .await;
}

#[tokio::test]
async fn urls_are_taken_apart() {
    let url = "'https://u@example.com:8080/a%20b?k=v%26w&k=2&e#f'";
    let parts = [
        ("protocol", "https"),
        ("host", "example.com"),
        ("port", "8080"),
        ("path", "/a b"),
        ("query", "k=v&w&k=2&e"),
        ("fragment", "f"),
    ];
    for (part, expected) in parts {
        values(&[(&format!("url_extract_{part}({url})"), expected)]).await;
    }
    values(&[
        (&format!("url_extract_parameter({url}, 'k')"), "v&w"),
        (&format!("url_extract_parameter({url}, 'e')"), ""),
        (&format!("url_extract_parameter({url}, 'x')"), "NULL"),
        ("url_extract_host('not a url')", "NULL"),
        ("url_extract_host('/path')", ""),
        ("url_encode('a b&é*')", "a+b%26%C3%A9*"),
        ("url_decode('a%2Fb+c')", "a/b c"),
    ])
    .await;
    fails(&[("url_decode('%')", "Illegal % escape")]).await;
}

#[tokio::test]
async fn addresses_are_a_type() {
    values(&[
        ("IPADDRESS '::ffff:1.2.3.4'", "1.2.3.4"),
        ("cast('2001:0db8:0:0:1::1' AS ipaddress)", "2001:db8::1:0:0:1"),
        ("cast(X'01020304' AS ipaddress)", "1.2.3.4"),
        ("cast(IPADDRESS '10.0.0.1' AS varchar)", "10.0.0.1"),
        ("to_hex(cast(IPADDRESS '10.0.0.1' AS varbinary))", "00000000000000000000FFFF0A000001"),
        ("IPADDRESS '10.0.0.9' < IPADDRESS '10.0.0.10'", "true"),
        ("IPADDRESS '10.0.0.1' = IPADDRESS '::ffff:a00:1'", "true"),
        ("IPADDRESS '::5' BETWEEN IPADDRESS '::1' AND IPADDRESS '::9'", "true"),
        ("try_cast('s3.amazonaws.com' AS ipaddress)", "NULL"),
        ("try(cast('10.0.0.1' AS ipaddress))", "10.0.0.1"),
        ("coalesce(CAST(NULL AS ipaddress), IPADDRESS '::1')", "::1"),
        ("ARRAY[IPADDRESS '::1', IPADDRESS '1.2.3.4']", "[::1, 1.2.3.4]"),
        ("contains('10.0.0.0/8', IPADDRESS '10.1.2.3')", "true"),
        ("contains('10.0.0.0/8', '11.1.2.3')", "false"),
        ("contains('10.0.0.0/8', 's3.amazonaws.com')", "false"),
        ("contains('::/0', IPADDRESS '10.1.2.3')", "true"),
        ("ip_prefix(IPADDRESS '10.1.2.3', 16)", "10.1.0.0/16"),
        ("ip_subnet_min('10.1.0.0/16')", "10.1.0.0"),
        ("ip_subnet_max('10.1.0.0/16')", "10.1.255.255"),
        ("ip_subnet_range('10.1.0.0/31')", "[10.1.0.0, 10.1.0.1]"),
        ("is_subnet_of('10.0.0.0/8', IPADDRESS '10.1.2.3')", "true"),
        ("is_subnet_of('10.0.0.0/8', '10.1.0.0/16')", "true"),
        ("is_subnet_of('10.1.0.0/16', '10.0.0.0/8')", "false"),
    ])
    .await;
    fails(&[
        ("cast('localhost' AS ipaddress)", "Cannot cast value to IPADDRESS: localhost"),
        ("cast(X'0102' AS ipaddress)", "Invalid IP address binary length: 2"),
        ("contains('10.0.0.1/8', IPADDRESS '10.0.0.1')", "Invalid CIDR"),
        ("contains('10.0.0.0/33', IPADDRESS '10.0.0.1')", "Invalid CIDR"),
        ("cast(IPADDRESS '::1' AS bigint)", "Cannot cast ipaddress to bigint"),
        ("cast(IPADDRESS '::1' AS varchar(3))", "Cannot cast ipaddress to varchar(3)"),
    ])
    .await;
    let sql = "SELECT max(a), min(a), array_agg(DISTINCT a ORDER BY a), count(DISTINCT a)
        FROM (SELECT cast(sourceIPAddress AS ipaddress) AS a FROM events WHERE sourceIPAddress IS NOT NULL)";
    assert_eq!(rows(sql).await, ["10.0.0.2|10.0.0.1|[10.0.0.1, 10.0.0.2]|2"]);
    let sql = "SELECT max_by(cast(sourceIPAddress AS ipaddress), eventid) FROM events WHERE eventid < 'e4'";
    assert_eq!(rows(sql).await, ["10.0.0.1"]);
}

#[tokio::test]
async fn uuids_are_a_type() {
    let uuid = "12151fd2-7586-11e9-8f9e-2a86e4085a59";
    values(&[
        (&format!("UUID '{uuid}'"), uuid),
        (&format!("cast('{}' AS uuid)", uuid.to_uppercase()), uuid),
        ("cast(X'12151fd2758611e98f9e2a86e4085a59' AS uuid)", uuid),
        (&format!("cast(UUID '{uuid}' AS varchar)"), uuid),
        (&format!("UUID '{uuid}' > UUID '00000000-0000-0000-0000-000000000000'"), "true"),
        ("length(cast(uuid() AS varchar))", "36"),
        ("uuid() = uuid()", "false"),
    ])
    .await;
    fails(&[("cast('12151fd2' AS uuid)", "Cannot cast value to UUID: 12151fd2")]).await;
}
