//! `element_at(map, key)`, `element_at(array, n)`, and the subscripts `m[key]` and `a[n]`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, UInt64Array};
use arrow::compute::{SortOptions, cast, take};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExpressionPlacement, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::MapLookup;
use crate::types::{describe, map_fields};

/// The value under a key, or NULL when the map has no such key; the n-th item from one, from the end
/// for a negative n, or NULL past either end.
pub(crate) struct ElementAt {
    signature: Signature,
    lookup: Option<MapLookup>,
}

impl ElementAt {
    pub(crate) fn new(lookup: Option<MapLookup>) -> ElementAt {
        ElementAt { signature: Signature::user_defined(Volatility::Immutable), lookup }
    }
}

impl std::fmt::Debug for ElementAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("element_at")
    }
}

impl PartialEq for ElementAt {
    fn eq(&self, other: &Self) -> bool {
        match (&self.lookup, &other.lookup) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl Eq for ElementAt {}

impl Hash for ElementAt {
    fn hash<H: Hasher>(&self, state: &mut H) {
        "element_at".hash(state);
    }
}

impl ScalarUDFImpl for ElementAt {
    fn name(&self) -> &str {
        "element_at"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if let [of, key] = types {
            if let Some((map_key, _)) = map_fields(of) {
                return Ok(vec![of.clone(), map_key.data_type().clone()]);
            }
            let index = key.is_integer() || key.is_null();
            match of {
                DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) if index => {
                    return Ok(vec![DataType::List(Arc::clone(item)), DataType::Int64]);
                }
                DataType::Null => return Ok(types.to_vec()),
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
            DataType::Map(_, _) => map_values(&of, key, args.number_rows)?,
            DataType::List(_) => items(&of, &key.to_array(args.number_rows)?)?,
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
            let again = ScalarUDF::new_from_impl(ElementAt::new(self.lookup.clone()));
            let call = ScalarFunction::new_udf(Arc::new(again), args);
            return Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(call)));
        }
        Ok(ExprSimplifyResult::Original(args))
    }

    /// Under a literal key it is as cheap as a field of a row, and wants to be where the map is read.
    fn placement(&self, args: &[ExpressionPlacement]) -> ExpressionPlacement {
        match args {
            [of, ExpressionPlacement::Literal] if of.should_push_to_leaves() => {
                ExpressionPlacement::MoveTowardsLeafNodes
            }
            _ => ExpressionPlacement::KeepInPlace,
        }
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

/// For each row the value of the first entry with the key.
fn map_values(maps: &ArrayRef, key: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
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
            let compare = arrow::array::make_comparator(maps.keys(), &wanted, SortOptions::default())?;
            pick(&|row, entry| wanted.is_valid(row) && compare(entry, row).is_eq());
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

fn items(lists: &ArrayRef, indices: &ArrayRef) -> Result<ArrayRef> {
    let lists = lists.as_list::<i32>();
    let indices = indices.as_primitive::<Int64Type>();
    let offsets = lists.value_offsets();
    let picked = (0..lists.len()).map(|row| {
        if lists.is_null(row) || indices.is_null(row) {
            return None;
        }
        let (start, end) = (i64::from(offsets[row]), i64::from(offsets[row + 1]));
        let at = match indices.value(row) {
            0 => return None,
            n if n > 0 => start.checked_add(n - 1)?,
            n => end.checked_add(n)?,
        };
        (start..end).contains(&at).then_some(at as u64)
    });
    Ok(take(lists.values(), &picked.collect::<UInt64Array>(), None)?)
}
