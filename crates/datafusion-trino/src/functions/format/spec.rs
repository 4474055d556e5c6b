//! The parts of a format: plain text and `%[n$][flags][width][.precision]code`.

use super::Refused;

/// A part of a format.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// The place of the value, from zero, and how to show it.
    Value(usize, Spec),
}

/// How to show a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spec {
    /// As it stands in the format.
    pub(super) text: String,
    pub(super) flags: String,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    /// The conversion in lower case.
    pub(super) code: char,
    /// The letter behind `t`.
    pub(super) time: char,
    /// Whether the conversion was a capital letter.
    pub(super) upper: bool,
}

impl Spec {
    pub(super) fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// The first letters, as many as the precision says.
    pub(super) fn cut(&self, text: &str) -> String {
        match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        }
    }

    /// With blanks up to the width.
    pub(super) fn padded(&self, text: &str) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let blanks = " ".repeat(missing);
        if self.has('-') { format!("{text}{blanks}") } else { format!("{blanks}{text}") }
    }
}

/// Widest field; a format cannot ask for more memory than this.
const WIDEST: usize = 1_000_000;

/// Reads a format.
///
/// # Errors
/// What Java's Formatter refuses, and `%h`, `%a`, which depend on Java's objects.
pub(super) fn parse(format: &str) -> Result<Vec<Part>, Refused> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = format;
    let (mut ordinary, mut last) = (0, None);
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let (index, spec, length) = specifier(&rest[at..])?;
        rest = &rest[at + length..];
        match spec.code {
            '%' => {
                check_percent(&spec)?;
                plain.push_str(&spec.padded("%"));
                continue;
            }
            'n' => {
                check_newline(&spec)?;
                plain.push('\n');
                continue;
            }
            _ => check(&spec)?,
        }
        let missing = || Refused::new(format!("MissingFormatArgument: Format specifier '{}'", spec.text));
        let place = match index {
            Index::Given(n) => n.checked_sub(1).ok_or_else(missing)?,
            Index::Last => last.ok_or_else(missing)?,
            Index::Next => {
                ordinary += 1;
                ordinary - 1
            }
        };
        last = Some(place);
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Value(place, spec));
    }
    plain.push_str(rest);
    parts.push(Part::Text(plain));
    Ok(parts)
}

enum Index {
    Given(usize),
    /// `%<s`: the value of the specifier before.
    Last,
    Next,
}

/// The specifier a text starts with, and its length.
fn specifier(text: &str) -> Result<(Index, Spec, usize), Refused> {
    let unknown = |letter: &str| Refused::new(format!("UnknownFormatConversion: Conversion = '{letter}'"));
    let mut rest = &text[1..];
    let mut index = Index::Next;
    let digits = number(rest);
    if !digits.is_empty() && rest[digits.len()..].starts_with('$') {
        index = Index::Given(digits.parse().map_err(|_| unknown("%"))?);
        rest = &rest[digits.len() + 1..];
    }
    let mut spec = Spec::default();
    while let Some(flag) = rest.chars().next().filter(|flag| "-#+ 0,(<".contains(*flag)) {
        rest = &rest[1..];
        if flag == '<' {
            index = Index::Last;
        } else if spec.has(flag) {
            return Err(Refused::new(format!("DuplicateFormatFlags: Flags = '{flag}'")));
        } else {
            spec.flags.push(flag);
        }
    }
    let too_large = |_| Refused::new("IllegalFormatWidth: too large");
    let within =
        |size: usize| if size > WIDEST { Err(Refused::new("IllegalFormatWidth: too large")) } else { Ok(size) };
    let width = number(rest);
    if !width.is_empty() {
        spec.width = Some(within(width.parse().map_err(too_large)?)?);
        rest = &rest[width.len()..];
    }
    if let Some(behind) = rest.strip_prefix('.') {
        let precision = number(behind);
        if precision.is_empty() {
            return Err(unknown("."));
        }
        spec.precision = Some(within(precision.parse().map_err(too_large)?)?);
        rest = &behind[precision.len()..];
    }
    let code = rest.chars().next().ok_or_else(|| unknown("%"))?;
    rest = &rest[code.len_utf8()..];
    spec.code = code.to_ascii_lowercase();
    spec.upper = code.is_ascii_uppercase();
    if spec.code == 't' {
        spec.time = rest.chars().next().ok_or_else(|| unknown("t"))?;
        rest = &rest[spec.time.len_utf8()..];
    }
    let length = text.len() - rest.len();
    spec.text = text[..length].to_owned();
    let known = matches!(
        code,
        'b' | 'B' | 's' | 'S' | 'd' | 'x' | 'X' | 'o' | 'e' | 'E' | 'f' | 'g' | 'G' | 't' | 'T' | 'c' | 'C' | '%' | 'n'
    );
    if known { Ok((index, spec, length)) } else { Err(unknown(&code.to_string())) }
}

fn number(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

fn check_percent(spec: &Spec) -> Result<(), Refused> {
    needs_width(spec)?;
    match spec.flags.trim_matches('-') {
        "" => Ok(()),
        flags => Err(Refused::new(format!("IllegalFormatFlags: Flags = '{flags}'"))),
    }
}

fn check_newline(spec: &Spec) -> Result<(), Refused> {
    match (spec.width, spec.precision) {
        (Some(width), _) => Err(Refused::new(format!("IllegalFormatWidth: {width}"))),
        (_, Some(precision)) => Err(Refused::new(format!("IllegalFormatPrecision: {precision}"))),
        _ if !spec.flags.is_empty() => Err(Refused::new(format!("IllegalFormatFlags: Flags = '{}'", spec.flags))),
        _ => Ok(()),
    }
}

fn needs_width(spec: &Spec) -> Result<(), Refused> {
    if (spec.has('-') || spec.has('0')) && spec.width.is_none() {
        return Err(Refused::new(format!("MissingFormatWidth: {}", spec.text)));
    }
    Ok(())
}

fn check(spec: &Spec) -> Result<(), Refused> {
    let allowed = match spec.code {
        'd' => "-+ 0,(",
        'x' | 'o' => "-#0",
        'e' => "-#+ 0(",
        'f' => "-#+ 0,(",
        'g' => "-+ 0,(",
        _ => "-",
    };
    if let Some(flag) = spec.flags.chars().find(|flag| !allowed.contains(*flag)) {
        let code = if spec.upper { spec.code.to_ascii_uppercase() } else { spec.code };
        return Err(Refused::new(format!("FormatFlagsConversionMismatch: Conversion = {code}, Flags = {flag}")));
    }
    needs_width(spec)?;
    if spec.has('-') && spec.has('0') || spec.has('+') && spec.has(' ') {
        return Err(Refused::new(format!("IllegalFormatFlags: Flags = '{}'", spec.flags)));
    }
    match spec.precision {
        Some(precision) if matches!(spec.code, 'd' | 'x' | 'o' | 't' | 'c') => {
            Err(Refused::new(format!("IllegalFormatPrecision: {precision}")))
        }
        _ => Ok(()),
    }
}
