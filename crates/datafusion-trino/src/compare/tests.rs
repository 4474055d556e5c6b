use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, ListArray, StructArray};
use arrow::datatypes::{Field, Int64Type};

use super::*;

type Items<'a> = &'a [Option<i64>];

fn list(items: Items) -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some(items.to_vec())]))
}

fn row(a: Option<i64>, b: Option<i64>) -> ArrayRef {
    let column = |value| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let field = |name| Arc::new(Field::new(name, DataType::Int64, true));
    Arc::new(StructArray::from(vec![(field("a"), column(a)), (field("b"), column(b))]))
}

#[test]
fn a_null_item_makes_equality_unknown_unless_another_decides() {
    let cases: [(Items, Items, Option<bool>); 5] = [
        (&[Some(1), None], &[Some(1), None], None),
        (&[Some(1), None], &[Some(2), None], Some(false)),
        (&[Some(1), None], &[Some(1)], Some(false)),
        (&[Some(1)], &[Some(1)], Some(true)),
        (&[], &[], Some(true)),
    ];
    for (left, right, expected) in cases {
        assert_eq!(equality(&list(left), &list(right)).unwrap()(0, 0), expected, "{left:?} = {right:?}");
    }
}

#[test]
fn the_first_part_that_differs_decides_the_order() {
    let cases = [
        ((Some(1), None), (Some(2), None), Some(true)),
        ((Some(2), None), (Some(1), Some(3)), Some(false)),
        ((Some(1), None), (Some(1), Some(3)), None),
        ((Some(1), Some(2)), (Some(1), Some(3)), Some(true)),
    ];
    for (left, right, expected) in cases {
        let (left, right) = (row(left.0, left.1), row(right.0, right.1));
        assert_eq!(relation(&left, &right).unwrap()(0, 0).is_less(false), expected, "{left:?} < {right:?}");
    }
    let shorter = relation(&list(&[Some(1)]), &list(&[Some(1), Some(0)])).unwrap();
    assert_eq!(shorter(0, 0).is_less(false), Some(true));
}

#[test]
fn nan_equals_nothing_but_sorts_last() {
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(1.0), Some(-0.0), Some(0.0), None]));
    assert_eq!(equality(&numbers, &numbers).unwrap()(0, 0), Some(false));
    assert_eq!(equality(&numbers, &numbers).unwrap()(2, 3), Some(true));
    assert_eq!(relation(&numbers, &numbers).unwrap()(1, 0).is_less(true), Some(false));
    let order = order(&numbers, &numbers).unwrap();
    assert!(order(0, 0).is_eq());
    assert!(order(1, 0).is_lt());
    assert!(order(0, 4).is_lt(), "NULL is behind NaN");
}
