//! Trino's types, as they stand in casts and before typed literals.

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, BinaryLength, CharacterLength, DataType, ExactNumberInfo, Ident, IntervalFields, ObjectName,
    StructBracketKind, StructField, TimezoneInfo,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Word};

use super::refusal::{expected, refuse};

/// Reads one type: `ARRAY(ROW(a bigint, b MAP(varchar, ARRAY(double))))`, `timestamp(3) with time zone`,
/// `bigint ARRAY`, and Presto's old `array<…>`.
pub(super) fn data_type(parser: &mut Parser) -> Result<DataType, ParserError> {
    let mut reader = TypeReader { parser, closed: 0 };
    let read = reader.read()?;
    match reader.closed {
        0 => Ok(read),
        _ => expected(reader.parser, "the end of the type"),
    }
}

/// The type of a literal `NAME '…'`, when it can have one.
pub(super) fn of_literal(word: &Word, at: Location) -> Result<DataType, ParserError> {
    let plain = ExactNumberInfo::None;
    Ok(match word.value.as_str() {
        "timestamp" => DataType::Timestamp(None, TimezoneInfo::None),
        "time" => DataType::Time(None, TimezoneInfo::None),
        "decimal" => DataType::Decimal(plain),
        name => simple(name).ok_or_else(|| unknown_literal(name, at))?,
    })
}

/// A type of one word without parameters.
fn simple(name: &str) -> Option<DataType> {
    Some(match name {
        "boolean" => DataType::Boolean,
        "tinyint" => DataType::TinyInt(None),
        "smallint" => DataType::SmallInt(None),
        "integer" => DataType::Integer(None),
        "int" => DataType::Int(None),
        "bigint" => DataType::BigInt(None),
        "real" => DataType::Real,
        "double" => DataType::Double(ExactNumberInfo::None),
        "varchar" => DataType::Varchar(None),
        "char" => DataType::Char(None),
        "varbinary" => DataType::Varbinary(None),
        "json" => DataType::JSON,
        "date" => DataType::Date,
        "uuid" => DataType::Uuid,
        _ if NAMED.contains(&name) => custom(name, Vec::new()),
        _ => return None,
    })
}

/// Types that the parser has no word for; which of them exist is for the planner to say.
const NAMED: [&str; 18] = [
    "ipaddress",
    "unknown",
    "number",
    "hyperloglog",
    "p4hyperloglog",
    "qdigest",
    "tdigest",
    "setdigest",
    "geometry",
    "sphericalgeography",
    "bingtile",
    "color",
    "jsonpath",
    "json2016",
    "objectid",
    "function",
    "variant",
    "regressor",
];

/// What other systems call a type, and what it is here.
const FOREIGN: [(&str, &str); 29] = [
    ("bigdecimal", "decimal(38, s)"),
    ("binary", "varbinary"),
    ("blob", "varbinary"),
    ("bool", "boolean"),
    ("bytea", "varbinary"),
    ("bytes", "varbinary"),
    ("clob", "varchar"),
    ("datetime", "timestamp"),
    ("datetime2", "timestamp"),
    ("float", "real or double"),
    ("float4", "real"),
    ("float8", "double"),
    ("float64", "double"),
    ("inet", "ipaddress"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int64", "bigint"),
    ("int8", "bigint"),
    ("jsonb", "json"),
    ("list", "array(T)"),
    ("long", "bigint"),
    ("money", "decimal(p, s)"),
    ("nvarchar", "varchar"),
    ("signed", "bigint"),
    ("string", "varchar"),
    ("struct", "row(name type, …)"),
    ("text", "varchar"),
    ("timestamptz", "timestamp with time zone"),
    ("varchar2", "varchar"),
];

fn custom(name: &str, parameters: Vec<String>) -> DataType {
    DataType::Custom(ObjectName::from(vec![Ident::new(name)]), parameters)
}

fn unknown<T>(name: &str, at: Location) -> Result<T, ParserError> {
    let hint = FOREIGN.iter().find(|(foreign, _)| *foreign == name).map(|(_, own)| format!("Trino has {own}"));
    Err(refuse(&format!("type \"{name}\" does not exist"), hint.as_deref(), at))
}

/// A name before a text that is no type: an alias in the wrong quotes, most of the time.
fn unknown_literal(name: &str, at: Location) -> ParserError {
    let hint = "as an alias, the text stands in double quotes; as a literal, a type stands before it";
    match FOREIGN.iter().find(|(foreign, _)| *foreign == name) {
        Some((_, own)) => refuse(&format!("type \"{name}\" does not exist"), Some(&format!("Trino has {own}")), at),
        None => refuse(&format!("\"{name}\" is not a type that a literal can have"), Some(hint), at),
    }
}

struct TypeReader<'a, 'p> {
    parser: &'a mut Parser<'p>,
    /// Angle brackets closed in advance: `>>` is one token.
    closed: usize,
}

impl TypeReader<'_, '_> {
    fn read(&mut self) -> Result<DataType, ParserError> {
        let mut read = self.base()?;
        while self.closed == 0 && self.parser.parse_keyword(Keyword::ARRAY) {
            if self.parser.consume_token(&Token::LBracket) {
                self.parser.parse_literal_uint()?;
                self.parser.expect_token(&Token::RBracket)?;
            }
            read = array(read);
        }
        Ok(read)
    }

    fn base(&mut self) -> Result<DataType, ParserError> {
        let at = self.parser.peek_token_ref().span.start;
        let Token::Word(word) = self.parser.peek_token_ref().token.clone() else {
            return expected(self.parser, "a type");
        };
        self.parser.advance_token();
        match word.value.as_str() {
            "array" => self.bracketed(|reader, _| reader.read()).map(array),
            "map" => self.bracketed(|reader, _| {
                let key = reader.read()?;
                reader.parser.expect_token(&Token::Comma)?;
                Ok(DataType::Map(Box::new(key), Box::new(reader.read()?)))
            }),
            "row" => self.bracketed(TypeReader::fields),
            "interval" => self.interval(),
            "timestamp" => Ok(DataType::Timestamp(self.precision()?, self.zone()?)),
            "time" => Ok(DataType::Time(self.precision()?, self.zone()?)),
            "double" => {
                let _ = self.parser.parse_keyword(Keyword::PRECISION);
                Ok(DataType::Double(ExactNumberInfo::None))
            }
            "decimal" | "numeric" | "dec" => Ok(DataType::Decimal(self.digits()?)),
            "varchar" => Ok(DataType::Varchar(self.precision()?.map(characters))),
            "char" => Ok(DataType::Char(self.precision()?.map(characters))),
            // Trino's has no length; what is stored is as long as it is.
            "varbinary" => {
                let length = self.precision()?.map(|length| BinaryLength::IntegerLength { length });
                Ok(DataType::Varbinary(length))
            }
            name if NAMED.contains(&name) => Ok(custom(name, self.parameters()?)),
            name => simple(name).map_or_else(|| unknown(name, at), Ok),
        }
    }

    /// `(…)` or `<…>`.
    fn bracketed<T>(
        &mut self,
        inside: impl FnOnce(&mut Self, bool) -> Result<T, ParserError>,
    ) -> Result<T, ParserError> {
        let angle = self.parser.consume_token(&Token::Lt);
        if !angle {
            self.parser.expect_token(&Token::LParen)?;
        }
        let read = inside(self, angle)?;
        match angle {
            false => drop(self.parser.expect_token(&Token::RParen)?),
            true if self.closed > 0 => self.closed -= 1,
            true if self.parser.consume_token(&Token::ShiftRight) => self.closed += 1,
            true => drop(self.parser.expect_token(&Token::Gt)?),
        }
        Ok(read)
    }

    fn fields(&mut self, _angle: bool) -> Result<DataType, ParserError> {
        let mut fields = Vec::new();
        loop {
            let field_name = self.field_name()?;
            fields.push(StructField { field_name, field_type: self.read()?, options: None });
            if self.closed > 0 || !self.parser.consume_token(&Token::Comma) {
                return Ok(DataType::Struct(fields, StructBracketKind::Parentheses));
            }
        }
    }

    /// The name in front of a field's type; `None` when the type stands alone.
    fn field_name(&mut self) -> Result<Option<Ident>, ParserError> {
        let word = |token: &Token| match token {
            Token::Word(word) => Some(word.clone()),
            _ => None,
        };
        let [first, second, third] = self.parser.peek_tokens_ref::<3>();
        let (first, second, third) = (word(&first.token), word(&second.token), third.token.clone());
        let (Some(first), Some(second)) = (first, second) else { return Ok(None) };
        let is_type = match (first.value.as_str(), second.value.as_str()) {
            ("double", "precision") | ("timestamp" | "time", "with" | "without") => true,
            ("interval", "year" | "month" | "day" | "hour" | "minute" | "second") => true,
            (_, "array") => !matches!(third, Token::LParen | Token::Lt),
            _ => false,
        };
        if is_type && first.quote_style.is_none() {
            return Ok(None);
        }
        self.parser.parse_identifier().map(Some)
    }

    fn interval(&mut self) -> Result<DataType, ParserError> {
        let fields = if self.parser.parse_keywords(&[Keyword::YEAR, Keyword::TO, Keyword::MONTH]) {
            IntervalFields::YearToMonth
        } else if self.parser.parse_keywords(&[Keyword::DAY, Keyword::TO, Keyword::SECOND]) {
            IntervalFields::DayToSecond
        } else {
            return expected(self.parser, "YEAR TO MONTH or DAY TO SECOND");
        };
        Ok(DataType::Interval { fields: Some(fields), precision: self.precision()? })
    }

    /// `(n)`
    fn precision(&mut self) -> Result<Option<u64>, ParserError> {
        if !self.parser.consume_token(&Token::LParen) {
            return Ok(None);
        }
        let precision = self.parser.parse_literal_uint()?;
        self.parser.expect_token(&Token::RParen)?;
        Ok(Some(precision))
    }

    fn digits(&mut self) -> Result<ExactNumberInfo, ParserError> {
        if !self.parser.consume_token(&Token::LParen) {
            return Ok(ExactNumberInfo::None);
        }
        let precision = self.parser.parse_literal_uint()?;
        let scale = match self.parser.consume_token(&Token::Comma) {
            true => Some(self.parser.parse_literal_uint()?),
            false => None,
        };
        self.parser.expect_token(&Token::RParen)?;
        Ok(match scale.and_then(|scale| i64::try_from(scale).ok()) {
            Some(scale) => ExactNumberInfo::PrecisionAndScale(precision, scale),
            None => ExactNumberInfo::Precision(precision),
        })
    }

    fn zone(&mut self) -> Result<TimezoneInfo, ParserError> {
        if self.parser.parse_keywords(&[Keyword::WITH, Keyword::TIME, Keyword::ZONE]) {
            Ok(TimezoneInfo::WithTimeZone)
        } else if self.parser.parse_keywords(&[Keyword::WITHOUT, Keyword::TIME, Keyword::ZONE]) {
            Ok(TimezoneInfo::WithoutTimeZone)
        } else {
            Ok(TimezoneInfo::None)
        }
    }

    /// The parameters of a type that only the planner knows.
    fn parameters(&mut self) -> Result<Vec<String>, ParserError> {
        let mut parameters = Vec::new();
        if !self.parser.consume_token(&Token::LParen) {
            return Ok(parameters);
        }
        loop {
            parameters.push(match &self.parser.peek_token_ref().token {
                Token::Number(..) => self.parser.parse_literal_uint()?.to_string(),
                _ => self.read()?.to_string(),
            });
            if !self.parser.consume_token(&Token::Comma) {
                break;
            }
        }
        self.parser.expect_token(&Token::RParen)?;
        Ok(parameters)
    }
}

fn array(item: DataType) -> DataType {
    DataType::Array(ArrayElemTypeDef::Parenthesis(Box::new(item)))
}

fn characters(length: u64) -> CharacterLength {
    CharacterLength::IntegerLength { length, unit: None }
}
