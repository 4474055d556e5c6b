//! The parts of a URI, as java.net.URI finds them (RFC 2396, IPv6 hosts of RFC 2732, letters of other
//! scripts).

use std::net::{Ipv4Addr, Ipv6Addr};

/// A URI taken apart; escapes stand as they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uri<'a> {
    pub(super) scheme: Option<&'a str>,
    /// With brackets around an IPv6 address; `None` for an authority that is no host.
    pub(super) host: Option<&'a str>,
    pub(super) port: Option<u32>,
    /// `None` for URIs like `mailto:a@b`.
    pub(super) path: Option<&'a str>,
    pub(super) query: Option<&'a str>,
    pub(super) fragment: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// `None` for what is no URI.
    pub(super) fn parse(text: &'a str) -> Option<Uri<'a>> {
        let mut uri = Uri::default();
        let (rest, fragment) = cut(text, '#');
        if let Some(fragment) = fragment {
            legal(fragment, "[]/?;:@&=+$,")?;
            uri.fragment = Some(fragment);
        }
        let mut rest = rest;
        if let Some(at) = rest.find(['/', '?', ':']).filter(|at| rest.as_bytes().get(*at) == Some(&b':')) {
            let scheme = &rest[..at];
            let mut letters = scheme.bytes();
            let starts = letters.next().is_some_and(|b| b.is_ascii_alphabetic());
            if !starts || !letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) {
                return None;
            }
            uri.scheme = Some(scheme);
            rest = &rest[at + 1..];
            if !rest.starts_with('/') {
                legal(rest, "[]/?;:@&=+$,")?;
                return (!rest.is_empty()).then_some(uri);
            }
        }
        let (rest, query) = cut(rest, '?');
        if let Some(query) = query {
            legal(query, "[]/?;:@&=+$,")?;
            uri.query = Some(query);
        }
        let path = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                if authority.is_empty() && path.is_empty() && query.is_none() && fragment.is_none() {
                    return None;
                }
                uri.authority(authority)?;
                path
            }
            None => rest,
        };
        legal(path, "/;:@&=+$,")?;
        uri.path = Some(path);
        Some(uri)
    }

    /// `user@host:port`, or a name no host may have.
    fn authority(&mut self, authority: &'a str) -> Option<()> {
        let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
        let (host, port) = match server.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                let address = address.split_once('%').map_or(address, |(address, _)| address);
                address.parse::<Ipv6Addr>().ok()?;
                (&server[..server.len() - port.len()], port.strip_prefix(':').or(port.is_empty().then_some(""))?)
            }
            None => server.split_once(':').unwrap_or((server, "")),
        };
        let known = host.starts_with('[') || is_host(host);
        if known && port.bytes().all(|b| b.is_ascii_digit()) {
            self.host = Some(host);
            self.port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
            return Some(());
        }
        legal(authority, "$,;:@&=+")
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// Names of letters, digits and hyphens, the last of which starts with a letter; or an IPv4 address.
fn is_host(host: &str) -> bool {
    if host.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    let names = host.strip_suffix('.').unwrap_or(host);
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with('-')
            && !name.ends_with('-')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    names.split('.').all(is_name)
        && names.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a part consists of letters, digits, marks, escapes and the reserved letters given.
fn legal(part: &str, reserved: &str) -> Option<()> {
    let mut letters = part.chars();
    while let Some(letter) = letters.next() {
        let legal = match letter {
            '%' => (0..2).all(|_| letters.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | '!' | '~' | '*' | '\'' | '(' | ')' => true,
            other if other.is_ascii() => reserved.contains(other),
            other => !other.is_control() && !other.is_whitespace(),
        };
        if !legal {
            return None;
        }
    }
    Some(())
}

/// The part with its escapes read as UTF-8.
pub(super) fn unescape(part: &str) -> String {
    if !part.contains('%') {
        return part.to_owned();
    }
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<String> {
        let uri = Uri::parse(text)?;
        let part = |part: Option<&str>| part.unwrap_or("-").to_owned();
        let port = uri.port.map_or("-".to_owned(), |port| port.to_string());
        let parts = [part(uri.scheme), part(uri.host), port, part(uri.path), part(uri.query), part(uri.fragment)];
        Some(parts.join(" "))
    }

    #[test]
    fn uris_are_taken_apart() {
        for (text, expected) in [
            ("http://u:p@example.com:8080/p/q?a=1#f", Some("http example.com 8080 /p/q a=1 f")),
            ("https://[::1]:443/", Some("https [::1] 443 / - -")),
            ("mailto:a@b.c", Some("mailto - - - - -")),
            ("/only/path", Some("- - - /only/path - -")),
            ("http://under_score.com/x", Some("http - - /x - -")),
            ("http://10.0.0.1?q", Some("http 10.0.0.1 -  q -")),
            ("file:///etc", Some("file - - /etc - -")),
            ("http://a.com/a b", None),
            ("http://a.com/%zz", None),
            ("1http://a.com", None),
            ("", Some("- - -  - -")),
        ] {
            assert_eq!(parts(text).as_deref(), expected, "{text}");
        }
    }
}
