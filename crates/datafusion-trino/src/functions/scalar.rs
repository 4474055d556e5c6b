//! The frame every plain scalar function of this crate stands in.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, StringViewArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Decides what the arguments are cast to before a call; an error says what the function takes.
pub(crate) type Coerce = fn(&str, &[DataType]) -> Result<Vec<DataType>>;
/// Decides the type of the result from the (coerced) arguments.
pub(crate) type Returns = fn(&[FieldRef]) -> Result<FieldRef>;
/// Evaluates a call over whole columns.
pub(crate) type Evaluate = fn(&Call) -> Result<ArrayRef>;

/// A scalar function made of three plain functions. Two of the same name are the same.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
    coerce: Coerce,
    returns: ReturnType,
    evaluate: Evaluate,
    /// The session's zone, told when the session is made.
    zone: Arc<str>,
    preimage: Option<Preimage>,
}

/// The values of an argument that a call maps to a constant (of the call's type, not NULL): what a
/// comparison of the call with the constant becomes, so that it prunes.
pub(crate) type Preimage = fn(&[Expr], &ScalarValue, &SimplifyContext) -> Result<PreimageResult>;

/// Decides the type of the result where constant arguments have a say in it (a time zone, a unit).
pub(crate) type ReturnsByConstants = fn(&ReturnFieldArgs) -> Result<FieldRef>;
/// Decides the type of the result where constant arguments and the session's zone have a say in it.
pub(crate) type ReturnsByZone = fn(&ReturnFieldArgs, &str) -> Result<FieldRef>;

#[derive(Debug, Clone, Copy)]
enum ReturnType {
    Types(Returns),
    Constants(ReturnsByConstants),
    Zone(ReturnsByZone),
}

/// The arguments of one call, as columns of the same length.
pub(crate) struct Call {
    pub(crate) args: Vec<ArrayRef>,
    pub(crate) fields: Vec<FieldRef>,
    pub(crate) rows: usize,
    pub(crate) returns: FieldRef,
    config: Arc<ConfigOptions>,
}

impl Call {
    /// A text argument; the coercion has made it one.
    pub(crate) fn text(&self, i: usize) -> &StringViewArray {
        self.args[i].as_string_view()
    }

    /// A varbinary argument; the coercion has made it one.
    pub(crate) fn bytes(&self, i: usize) -> &BinaryArray {
        self.args[i].as_binary()
    }

    /// The bigint of a row; the coercion has made the argument one.
    pub(crate) fn integer(&self, i: usize, row: usize) -> i64 {
        self.args[i].as_primitive::<Int64Type>().value(row)
    }

    /// The bigint of a row, or what it is when the argument is left out.
    pub(crate) fn integer_or(&self, i: usize, row: usize, default: i64) -> i64 {
        if i < self.args.len() { self.integer(i, row) } else { default }
    }

    /// A column of what `f` makes of the rows without NULL.
    pub(crate) fn rows<T, A>(&self, f: impl Fn(usize) -> Result<Option<T>>) -> Result<ArrayRef>
    where
        A: Array + FromIterator<Option<T>> + 'static,
    {
        let row = |row| if self.any_null(row) { Ok(None) } else { f(row) };
        Ok(Arc::new((0..self.rows).map(row).collect::<Result<A>>()?))
    }

    /// The session's time zone: what `datafusion.execution.time_zone` says, UTC when it says nothing.
    pub(crate) fn session_zone(&self) -> &str {
        session_zone(&self.config)
    }

    /// Whether any argument of a row is NULL.
    pub(crate) fn any_null(&self, row: usize) -> bool {
        self.args.iter().any(|arg| arg.is_null(row))
    }
}

impl Function {
    pub(crate) fn new(name: &'static str, coerce: Coerce, returns: Returns, evaluate: Evaluate) -> Function {
        Function::of(name, coerce, ReturnType::Types(returns), evaluate)
    }

    /// A function whose result has a type that depends on constant arguments.
    pub(crate) fn by_constants(
        name: &'static str,
        coerce: Coerce,
        returns: ReturnsByConstants,
        evaluate: Evaluate,
    ) -> Function {
        Function::of(name, coerce, ReturnType::Constants(returns), evaluate)
    }

    /// A function whose result has the session's zone in its type.
    pub(crate) fn by_zone(name: &'static str, coerce: Coerce, returns: ReturnsByZone, evaluate: Evaluate) -> Function {
        Function::of(name, coerce, ReturnType::Zone(returns), evaluate)
    }

    fn of(name: &'static str, coerce: Coerce, returns: ReturnType, evaluate: Evaluate) -> Function {
        let signature = Signature::user_defined(Volatility::Immutable);
        Function { name, aliases: vec![], signature, coerce, returns, evaluate, zone: "UTC".into(), preimage: None }
    }

    /// A function of the session (its zone, its user): constant within a query, folded before it runs.
    pub(crate) fn stable(mut self) -> Function {
        self.signature.volatility = Volatility::Stable;
        self
    }

    /// A function with another value in every row: never folded, and evaluated where it is written.
    pub(crate) fn volatile(mut self) -> Function {
        self.signature.volatility = Volatility::Volatile;
        self
    }

    pub(crate) fn preimage(mut self, preimage: Preimage) -> Function {
        self.preimage = Some(preimage);
        self
    }

    pub(crate) fn alias(mut self, alias: &str) -> Function {
        self.aliases.push(alias.to_owned());
        self
    }

    pub(crate) fn udf(self) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(self))
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        (self.coerce)(self.name, types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let fields: Vec<FieldRef> = types.iter().map(|t| Arc::new(Field::new("", t.clone(), true))).collect();
        let scalar_arguments = vec![None; fields.len()];
        let args = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalar_arguments };
        Ok(self.return_field_from_args(args)?.data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        match self.returns {
            ReturnType::Types(returns) => returns(args.arg_fields),
            ReturnType::Constants(returns) => returns(&args),
            ReturnType::Zone(returns) => returns(&args, &self.zone),
        }
    }

    fn preimage(&self, args: &[Expr], value: &Expr, info: &SimplifyContext) -> Result<PreimageResult> {
        match (self.preimage, value) {
            (Some(preimage), Expr::Literal(value, _)) if !value.is_null() => preimage(args, value, info),
            _ => Ok(PreimageResult::None),
        }
    }

    fn with_updated_config(&self, config: &ConfigOptions) -> Option<ScalarUDF> {
        let ReturnType::Zone(_) = self.returns else { return None };
        let function = Function { zone: session_zone(config).into(), ..self.clone() };
        Some(ScalarUDF::new_from_impl(function))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let once = !args.args.is_empty() && self.signature.volatility != Volatility::Volatile;
        let scalar = once && args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if scalar { 1 } else { args.number_rows };
        let columns = args.args.iter().map(|arg| arg.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let call = Call {
            args: columns,
            fields: args.arg_fields,
            rows,
            returns: args.return_field,
            config: args.config_options,
        };
        let result = (self.evaluate)(&call)?;
        if result.len() != rows {
            return exec_err!("{} gave {} values for {rows} rows", self.name, result.len());
        }
        if scalar {
            return Ok(ColumnarValue::Scalar(only_value(&result)?));
        }
        Ok(ColumnarValue::Array(result))
    }
}

/// The one value of a column, of exactly its type: nested fields keep their marks.
pub(crate) fn only_value(column: &ArrayRef) -> Result<ScalarValue> {
    Ok(match column.data_type() {
        DataType::List(_) => ScalarValue::List(Arc::new(column.as_list().clone())),
        DataType::Map(_, _) => ScalarValue::Map(Arc::new(column.as_map().clone())),
        DataType::Struct(_) => ScalarValue::Struct(Arc::new(column.as_struct().clone())),
        _ => ScalarValue::try_from_array(column, 0)?,
    })
}

/// The zone in which a session reads and shows times without one.
pub(crate) fn session_zone(config: &ConfigOptions) -> &str {
    config.execution.time_zone.as_deref().unwrap_or("UTC")
}

/// A field of a result that may be NULL.
pub(crate) fn nullable(data_type: DataType) -> Result<FieldRef> {
    Ok(Arc::new(Field::new("", data_type, true)))
}

/// Whether values of the type are text; NULL literals count.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// varchar or JSON; handed over as text views.
    Text,
    /// Any integer; handed over as bigint.
    Integer,
    /// Any number; handed over as double.
    Double,
    /// varbinary; handed over as it is held in Arrow's `Binary`.
    Binary,
    /// ipaddress or uuid, the types of sixteen bytes.
    Sixteen,
    /// timestamp, date or a text of one; timestamps keep their unit and zone, text becomes milliseconds.
    Time,
}

impl Kind {
    fn accept(self, given: &DataType) -> Option<DataType> {
        match self {
            Kind::Text => is_text(given).then_some(DataType::Utf8View),
            Kind::Integer => (given.is_integer() || given.is_null()).then_some(DataType::Int64),
            Kind::Double => (given.is_numeric() || given.is_null()).then_some(DataType::Float64),
            Kind::Binary => match given {
                DataType::Null | DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                    Some(DataType::Binary)
                }
                _ => None,
            },
            Kind::Sixteen => (given == &DataType::FixedSizeBinary(16)).then(|| given.clone()),
            Kind::Time => match given {
                DataType::Timestamp(_, _) | DataType::Date32 => Some(given.clone()),
                DataType::Date64 => Some(DataType::Date32),
                other if is_text(other) => Some(DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, None)),
                _ => None,
            },
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Kind::Text => "varchar",
            Kind::Integer => "bigint",
            Kind::Double => "double",
            Kind::Binary => "varbinary",
            Kind::Sixteen => "ipaddress",
            Kind::Time => "timestamp",
        }
    }
}

/// Fits the given types to the first of the `forms` they fit.
pub(crate) fn fit(name: &str, types: &[DataType], forms: &[&[Kind]]) -> Result<Vec<DataType>> {
    for form in forms {
        if form.len() == types.len() {
            let fitted: Option<Vec<DataType>> =
                form.iter().zip(types).map(|(kind, given)| kind.accept(given)).collect();
            if let Some(fitted) = fitted {
                return Ok(fitted);
            }
        }
    }
    let given: Vec<String> = types.iter().map(crate::types::describe).collect();
    let expected: Vec<String> = forms
        .iter()
        .map(|form| {
            let kinds: Vec<&str> = form.iter().map(|kind| kind.describe()).collect();
            format!("{name}({})", kinds.join(", "))
        })
        .collect();
    plan_err!("{name}({}) does not exist; there is {}", given.join(", "), expected.join(" and "))
}
