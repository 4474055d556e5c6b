"""Reads stores with other engines. The request comes as JSON on standard input, the answer goes out as JSON.

Request: {"extensions": folder, "stores": [{"name", "path", "ids", "located", "related", "spark"}]}, where "located" is
DuckDB's SQL that makes the view "located" from the table's own place, "related" that makes "related" over a relation "live",
and "spark" the same for Spark, which takes part where the package pyspark and Java are there.
Answer: {"versions", "stores": {name: {reader: {"columns", "types", "rows", "days", "picked": {id: row}}}}}.
"""

import glob
import json
import os
import sys

import deltalake
import duckdb
import polars as pl
import pyarrow as pa


def plain(kind, value, instant="Z"):
    """A value as JSON has it: instants end in Z, timestamps without a zone do not."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        return {key: plain(kind.item_type, item, instant) for key, item in value}
    if pa.types.is_struct(kind):
        return {field.name: plain(field.type, value[field.name], instant) for field in kind}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [plain(kind.value_type, item, instant) for item in value]
    if pa.types.is_timestamp(kind):
        text = value.replace(tzinfo=None).isoformat(timespec="milliseconds")
        assert value.microsecond % 1000 == 0
        assert kind.tz in (None, "UTC", "Etc/UTC"), kind
        return text + (instant if kind.tz else "")
    if pa.types.is_date(kind):
        return value.isoformat()
    return value


def rows_of(table, id_column, instant="Z"):
    fields = list(table.schema)
    rows = {}
    for row in table.to_pylist():
        shown = {field.name: plain(field.type, row[field.name], instant) for field in fields}
        assert shown[id_column] not in rows, "an event is there twice"
        rows[shown[id_column]] = shown
    return rows


def days_of(days):
    counts = {}
    for day in days:
        counts[str(day)] = counts.get(str(day), 0) + 1
    return counts


def with_deltalake(store):
    table = deltalake.DeltaTable(store["path"])
    days = table.to_pyarrow_table(columns=["calendarday"])["calendarday"].to_pylist()
    picked = table.to_pyarrow_table(filters=[("eventID", "in", store["ids"])])
    columns = table.to_pyarrow_table().column_names
    return {"columns": columns, "rows": len(days), "days": days_of(days), "picked": rows_of(picked, "eventID")}


def with_polars(store):
    frame = pl.scan_delta(store["path"])
    days = frame.select("calendarday").collect()["calendarday"].to_list()
    picked = frame.filter(pl.col("eventID").is_in(store["ids"])).collect().to_arrow()
    whole = frame.collect()
    return {"columns": whole.columns, "rows": whole.height, "days": days_of(days), "picked": rows_of(picked, "eventID")}


def with_duckdb(connection, relation, id_column, ids):
    def table(sql, *values):
        result = connection.execute(sql, list(values))
        return result.to_arrow_table() if hasattr(result, "to_arrow_table") else result.fetch_arrow_table()

    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    days = table(f"SELECT calendarday FROM {relation}")["calendarday"].to_pylist()
    picked = table(f'SELECT * FROM {relation} WHERE "{id_column}" IN (SELECT unnest(?))', ids)
    return {
        "columns": [row[0] for row in described],
        "types": [row[1].replace('"', "") for row in described],
        "rows": len(days),
        "days": days_of(days),
        "picked": rows_of(picked, id_column),
    }


def install_delta(connection):
    """Whether the extension is there: from DuckDB's site, or as a package of its own."""
    try:
        connection.execute("INSTALL delta")
        return True
    except duckdb.Error as error:
        print(f"delta: {str(error).splitlines()[0]}", file=sys.stderr)
    try:
        import duckdb_extension_delta
    except ImportError:
        return False
    folder = os.path.dirname(duckdb_extension_delta.__file__)
    for file in glob.glob(f"{folder}/extensions/v{duckdb.__version__}/*.duckdb_extension"):
        connection.execute(f"INSTALL '{file}'")
        return True
    return False


def start_spark():
    """A session, or why there is none."""
    try:
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1")
        return builder.getOrCreate(), None
    except Exception as error:  # Whatever it is: Java is not there, or too old.
        return None, f"{type(error).__name__}: {error}".splitlines()[0]


def with_spark(spark, store, files):
    spark.read.option("basePath", store["path"]).parquet(*files).createOrReplaceTempView("live")
    # What stays cannot lean on what does not.
    spark.sql(store["spark"].replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMPORARY VIEW", 1).rstrip("; \n"))
    view = spark.table("related")
    days = view.select("calendarday").toArrow()["calendarday"].to_pylist()
    picked = view.where(view["eventid"].isin(store["ids"])).toArrow()
    # Spark has instants where others have timestamps without a zone.
    rows = rows_of(picked, "eventid", instant="")
    return {"columns": view.columns, "rows": len(days), "days": days_of(days), "picked": rows}


def main():
    request = json.load(sys.stdin)
    answer = {"stores": {}}
    has_delta = False
    wants_spark = all(store["spark"] for store in request["stores"])
    spark, no_spark = start_spark() if wants_spark else (None, None)
    for store in request["stores"]:
        connection = duckdb.connect(config={"extension_directory": request["extensions"]})
        connection.execute("SET TimeZone = 'UTC'")
        has_delta = has_delta or (not answer["stores"] and install_delta(connection))
        files = deltalake.DeltaTable(store["path"]).file_uris()
        names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        options = "union_by_name = true, hive_partitioning = true, hive_types = {'calendarday': VARCHAR}"
        # Not every version knows the folder of the null partition.
        columns = "* REPLACE (TRY_CAST(calendarday AS DATE) AS calendarday)"
        connection.execute(f"CREATE VIEW live AS SELECT {columns} FROM read_parquet([{names}], {options})")
        connection.execute(store["related"])
        readers = {
            "deltalake": with_deltalake(store),
            "polars": with_polars(store),
            "duckdb files": with_duckdb(connection, "live", "eventID", store["ids"]),
            "view of files": with_duckdb(connection, "related", "eventid", store["ids"]),
        }
        if has_delta:
            connection.execute(store["located"])
            scan = "delta_scan('" + store["path"].replace("'", "''") + "')"
            readers["duckdb table"] = with_duckdb(connection, scan, "eventID", store["ids"])
            readers["view of table"] = with_duckdb(connection, "located", "eventid", store["ids"])
        if spark:
            readers["view of files in spark"] = with_spark(spark, store, files)
        answer["stores"][store["name"]] = readers
    versions = {"deltalake": deltalake.__version__, "polars": pl.__version__, "duckdb": duckdb.__version__}
    answer["versions"] = {**versions, "pyarrow": pa.__version__, "duckdb extension delta": has_delta}
    answer["versions"]["spark"] = spark.version if spark else no_spark
    json.dump(answer, sys.stdout)


main()
