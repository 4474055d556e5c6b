//! `element_at(map, key)`, `element_at(array, n)`, and the subscripts `m[key]` and `a[n]`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExpressionPlacement, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::scalar::is_text;
use crate::types::{common_type, describe, map_fields, widen};
use crate::{MapLookup, compare, text};

/// `element_at`: the value under a key, or NULL when the map has no such key; the n-th item from one, from
/// the end for a negative n, or NULL past either end.
pub(crate) fn element_at(lookup: Option<MapLookup>) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(ElementAt::new(lookup, false)))
}

/// `m[key]` and `a[n]`: what is not there is an error, as is an n below one.
pub(crate) fn subscript() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(ElementAt::new(None, true)))
}

struct ElementAt {
    signature: Signature,
    lookup: Option<MapLookup>,
    strict: bool,
}

impl ElementAt {
    fn new(lookup: Option<MapLookup>, strict: bool) -> ElementAt {
        // A volatile one stays behind the filters it is written behind: it fails where they keep it from.
        let volatility = if strict { Volatility::Volatile } else { Volatility::Immutable };
        ElementAt { signature: Signature::user_defined(volatility), lookup, strict }
    }
}

impl std::fmt::Debug for ElementAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for ElementAt {
    fn eq(&self, other: &Self) -> bool {
        let same_lookup = match (&self.lookup, &other.lookup) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        same_lookup && self.strict == other.strict
    }
}

impl Eq for ElementAt {}

impl Hash for ElementAt {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for ElementAt {
    fn name(&self) -> &str {
        if self.strict { "trino_subscript" } else { "element_at" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if let [of, key] = types {
            if let Some((map_key, _)) = map_fields(of) {
                return Ok(vec![of.clone(), key_type(map_key.data_type(), key)?]);
            }
            let index = key.is_integer() || key.is_null();
            match of {
                DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) if index => {
                    return Ok(vec![DataType::List(Arc::clone(item)), DataType::Int64]);
                }
                DataType::Null => return Ok(types.to_vec()),
                DataType::List(_) if self.strict => {
                    return plan_err!("Cannot use {} for subscript of {}", describe(key), describe(of));
                }
                _ => {}
            }
        }
        let given: Vec<String> = types.iter().map(describe).collect();
        plan_err!(
            "element_at({}) does not exist; there is element_at(map(K, V), K) and \
             element_at(array(T), bigint)",
            given.join(", ")
        )
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.first() {
            Some(first) => Ok(element_field(first)?.data_type().clone()),
            None => plan_err!("element_at takes two arguments"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        match args.arg_fields.first() {
            Some(first) => element_field(first.data_type()),
            None => plan_err!("element_at takes two arguments"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let of = args.args[0].to_array(args.number_rows)?;
        let key = &args.args[1];
        let found = match of.data_type() {
            DataType::Map(_, _) => map_values(&of, key, args.number_rows, self.strict)?,
            DataType::List(_) => items(&of, &key.to_array(args.number_rows)?, self.strict)?,
            _ => arrow::array::new_null_array(args.return_field.data_type(), args.number_rows),
        };
        Ok(ColumnarValue::Array(found))
    }

    fn simplify(&self, mut args: Vec<Expr>, _info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        if let (Some(lookup), [map, key]) = (&self.lookup, args.as_slice())
            && let Expr::Literal(key, _) = key
            && let Some(key) = text_key(key)
            && let Some(found) = lookup(bare(map), key)
        {
            return Ok(ExprSimplifyResult::Simplified(found));
        }
        // An alias on the way must not hide the map's own shape from a later round.
        if matches!(args.first(), Some(Expr::Alias(_))) {
            args[0] = bare(&args[0]).clone();
            let again = ScalarUDF::new_from_impl(ElementAt::new(self.lookup.clone(), self.strict));
            let call = ScalarFunction::new_udf(Arc::new(again), args);
            return Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(call)));
        }
        Ok(ExprSimplifyResult::Original(args))
    }

    /// Under a literal key it is as cheap as a field of a row, and wants to be where the map is read.
    fn placement(&self, args: &[ExpressionPlacement]) -> ExpressionPlacement {
        match args {
            [of, ExpressionPlacement::Literal] if !self.strict && of.should_push_to_leaves() => {
                ExpressionPlacement::MoveTowardsLeafNodes
            }
            _ => ExpressionPlacement::KeepInPlace,
        }
    }
}

/// The type a key is looked up in: that of the map's keys, or a wider one when both widen to it.
fn key_type(map_key: &DataType, key: &DataType) -> Result<DataType> {
    match common_type(map_key, key) {
        Some(common) if common == *map_key => Ok(common),
        Some(common) => Ok(if key.is_nested() { key.clone() } else { common }),
        // A text may be the key of a map by times, as it may be compared with times.
        None if is_text(key) || is_text(map_key) => Ok(map_key.clone()),
        None => plan_err!("Cannot use {} for subscript of a map by {}", describe(key), describe(map_key)),
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        other => other,
    }
}

fn text_key(key: &ScalarValue) -> Option<&str> {
    match key {
        ScalarValue::Dictionary(_, value) => text_key(value),
        other => other.try_as_str().flatten(),
    }
}

fn element_field(of: &DataType) -> Result<FieldRef> {
    let field = match of {
        DataType::Map(_, _) => map_fields(of).map(|(_, value)| value),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item),
        DataType::Null => return Ok(Arc::new(Field::new("", DataType::Null, true))),
        _ => None,
    };
    match field {
        Some(field) => Ok(Arc::new(field.as_ref().clone().with_nullable(true))),
        None => plan_err!("element_at takes a map or an array, not {}", describe(of)),
    }
}

/// For each row the value of the entry with the key.
fn map_values(maps: &ArrayRef, key: &ColumnarValue, rows: usize, strict: bool) -> Result<ArrayRef> {
    let maps = maps.as_map();
    let offsets = maps.value_offsets();
    let mut picked: Vec<Option<u32>> = vec![None; rows];
    let mut pick = |matches: &dyn Fn(usize, usize) -> bool| {
        for (row, picked) in picked.iter_mut().enumerate() {
            if maps.is_valid(row) {
                let mut entries = offsets[row] as usize..offsets[row + 1] as usize;
                *picked = entries.find(|&entry| matches(row, entry)).map(|entry| entry as u32);
            }
        }
    };
    match key {
        ColumnarValue::Scalar(key) if key.is_null() => {}
        ColumnarValue::Scalar(key) if text_key(key).is_some() => {
            let is_key = is_key(maps.keys(), text_key(key).unwrap_or_default())?;
            pick(&|_, entry| is_key(entry));
        }
        key => {
            let wanted = key.to_array(rows)?;
            let Some(common) = common_type(maps.keys().data_type(), wanted.data_type()) else {
                return exec_err!("a map by {} has no {}", maps.keys().data_type(), wanted.data_type());
            };
            let order = compare::order(&widen(maps.keys(), &common)?, &widen(&wanted, &common)?)?;
            pick(&|row, entry| wanted.is_valid(row) && order(entry, row).is_eq());
        }
    }
    if strict {
        let wanted = key.to_array(rows)?;
        let missing = |row: &usize| picked[*row].is_none() && maps.is_valid(*row) && wanted.is_valid(*row);
        if let Some(row) = (0..rows).find(missing).filter(|_| !wanted.data_type().is_null()) {
            let key = text::format(&wanted, row).unwrap_or_default();
            return exec_err!("Key not present in map: {key}; element_at gives NULL for it");
        }
    }
    Ok(take(maps.values(), &UInt32Array::from(picked), None)?)
}

/// Tells whether a key is the wanted one, whatever the layout of the keys.
fn is_key<'a>(keys: &ArrayRef, wanted: &'a str) -> Result<Box<dyn Fn(usize) -> bool + 'a>> {
    Ok(match keys.data_type() {
        DataType::Utf8 => {
            let keys = keys.as_string::<i32>().clone();
            Box::new(move |i| keys.is_valid(i) && keys.value(i) == wanted)
        }
        _ => {
            let keys = cast(keys, &DataType::Utf8View)?.as_string_view().clone();
            Box::new(move |i| keys.is_valid(i) && keys.value(i) == wanted)
        }
    })
}

fn items(lists: &ArrayRef, indices: &ArrayRef, strict: bool) -> Result<ArrayRef> {
    let lists = lists.as_list::<i32>();
    let indices = indices.as_primitive::<Int64Type>();
    let picked = (0..lists.len()).map(|row| {
        if lists.is_null(row) || indices.is_null(row) {
            return Ok(None);
        }
        let (index, length) = (indices.value(row), i64::from(lists.value_length(row)));
        let at = if index > 0 { index - 1 } else { length.saturating_add(index) };
        match index {
            0 => exec_err!("SQL array indices start at 1"),
            _ if strict && index < 0 => exec_err!("Array subscript is negative: {index}"),
            _ if strict && index > length => exec_err!(
                "Array subscript must be less than or equal to array length: {index} > {length}; element_at gives \
                 NULL past the end"
            ),
            _ => Ok((0..length).contains(&at).then_some(lists.value_offsets()[row] as u64 + at as u64)),
        }
    });
    Ok(take(lists.values(), &picked.collect::<Result<UInt64Array>>()?, None)?)
}
