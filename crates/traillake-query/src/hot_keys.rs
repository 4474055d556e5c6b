//! Hot keys in data files that were written before the store had them.
//!
//! A query reads a hot key from its column. A file without that column has the value all the same, in the text of the
//! map: there the column becomes a look-up, for this file alone, until the file is compacted.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::config::ConfigOptions;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};
use traillake_event::schema::{Kind, Schema};

use crate::functions::{TrailMapValue, udf};

/// Makes the adapters of the files of a store with these columns.
#[derive(Debug)]
pub(crate) struct HotKeyAdapters(pub(crate) Arc<Schema>);

impl PhysicalExprAdapterFactory for HotKeyAdapters {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let default = DefaultPhysicalExprAdapterFactory.create(Arc::clone(&table), Arc::clone(&file))?;
        let hot = self.0.columns().iter().filter(|column| column.kind == Kind::HotKey);
        let missing = hot.filter(|column| file.column_with_name(&column.name).is_none());
        let missing: Vec<Missing> = missing.filter_map(|column| Missing::new(column, &table)).collect();
        Ok(if missing.is_empty() { default } else { Arc::new(HotKeyAdapter { missing, default }) })
    }
}

/// A hot key that a file has no column for.
#[derive(Debug)]
struct Missing {
    column: String,
    map: Column,
    key: String,
}

impl Missing {
    fn new(column: &traillake_event::schema::Column, table: &SchemaRef) -> Option<Self> {
        let (key, map) = column.path.split_last()?;
        let map = Column::new_with_schema(&map.join("_"), table).ok()?;
        Some(Self { column: column.name.clone(), map, key: key.clone() })
    }

    /// The value, out of the map's text.
    fn look_up(&self) -> Arc<dyn PhysicalExpr> {
        let key = Literal::new(ScalarValue::Utf8View(Some(self.key.clone())));
        Arc::new(ScalarFunctionExpr::new(
            "trail_map_value",
            udf(TrailMapValue::new()),
            vec![Arc::new(self.map.clone()), Arc::new(key)],
            Arc::new(Field::new(&self.column, DataType::Utf8View, true)),
            Arc::new(ConfigOptions::default()),
        ))
    }
}

/// Expressions over the table's columns as expressions over those of one file.
#[derive(Debug)]
struct HotKeyAdapter {
    missing: Vec<Missing>,
    default: Arc<dyn PhysicalExprAdapter>,
}

impl PhysicalExprAdapter for HotKeyAdapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let looked_up = expr.transform(|expr| {
            let column = expr.downcast_ref::<Column>();
            let missing = column.and_then(|column| self.missing.iter().find(|missing| missing.column == column.name()));
            Ok(match missing {
                Some(missing) => Transformed::yes(missing.look_up()),
                None => Transformed::no(expr),
            })
        });
        self.default.rewrite(looked_up.data()?)
    }
}
