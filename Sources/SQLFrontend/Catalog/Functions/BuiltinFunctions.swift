import DataModel

/// The scalar functions of the dialect.
///
/// Those whose arguments follow one rule each are in the tables of their families; the others are bound by
/// `ExpressionBinder+Special` and its neighbours under the names in `special`.
package enum BuiltinFunctions {
  /// By name in upper case; of several signatures the first that fits is taken.
  static let table: [String: [FunctionSignature]] = [numeric, text, regular, binary, time].reduce(into: [:]) {
    all, family in
    for (name, signatures) in family { all[name, default: []] += signatures }
  }

  /// Every name that is bound, in upper case.
  package static var names: Set<String> { Set(table.keys).union(special) }

  /// Functions whose arguments depend on each other.
  static let special: Set<String> = [
    "COALESCE", "IFNULL", "NVL", "NVL2", "NULLIF", "IF", "IIF", "DECODE", "GREATEST", "LEAST",
    "GREATEST_IGNORE_NULLS", "LEAST_IGNORE_NULLS", "CONCAT", "MOD", "DIV", "DIV_NULL", "TRIM", "BTRIM",
    "EXTRACT", "DATE_PART", "DATEPART", "DATE_TRUNC", "TIMESTAMP_TRUNC", "DATETIME_TRUNC", "TIME_TRUNC",
    "FLOOR", "CEIL", "CEILING", "NOW", "CURRENT_TIMESTAMP", "TIMESTAMPADD", "DATEADD", "TIMESTAMPDIFF",
    "DATEDIFF", "DATE_ADD", "DATE_SUB", "TIMESTAMP_ADD", "TIMESTAMP_SUB", "TIME_ADD", "TIME_SUB",
    "DATETIME_ADD", "DATETIME_SUB", "DATE_DIFF", "TIMESTAMP_DIFF", "TIME_DIFF", "DATETIME_DIFF", "YEAR",
    "QUARTER", "MONTH", "WEEK", "DAYOFMONTH", "DAYOFWEEK", "DAYOFYEAR", "DOW", "DOY", "HOUR", "MINUTE",
    "SECOND", "MILLISECOND", "MICROSECOND", "EPOCH", "CENTURY", "DECADE", "BITAND", "BITOR", "BITXOR",
    "BITNOT", "BIT_NOT", "ABS", "PI", "ARRAY_APPEND", "ARRAY_PREPEND", "ARRAY_CONCAT", "ARRAY_CONTAINS",
    "ARRAY_POSITION", "ARRAY_REMOVE", "ARRAY_INSERT", "ARRAY_DISTINCT", "ARRAY_EXCEPT", "ARRAY_INTERSECT",
    "ARRAY_UNION", "ARRAYS_OVERLAP", "ARRAY_COMPACT", "ARRAY_REVERSE", "ARRAY_MAX", "ARRAY_MIN",
    "SORT_ARRAY", "ARRAY_REPEAT", "ARRAY_JOIN", "ARRAY_TO_STRING", "ARRAY_LENGTH", "ARRAY_SIZE",
    "CARDINALITY", "ELEMENT", "SEQUENCE", "SPLIT", "STRING_TO_ARRAY", "REGEXP_EXTRACT_ALL", "REGEXP_SPLIT",
    "MAP_KEYS", "MAP_VALUES", "MAP_CONTAINS_KEY", "MAP_CONCAT", "MAP_FROM_ARRAYS", "VARIANTNULL", "TO_JSON",
    "LOG", "ADD_MONTHS", "TRANSFORM", "ARRAY_EXISTS", "JSON_GET", "JSON_GET_STR",
    "JSON_GET_INT", "JSON_GET_FLOAT", "JSON_GET_BOOL", "JSON_AS_TEXT", "JSON_CONTAINS",
  ]

  /// Functions of the dialect that are known and refused.
  static let refused: Set<String> = [
    "ROW_NUMBER", "RANK", "DENSE_RANK", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTILE", "WRITELOG",
    "CONNECTOR_METADATA", "ERROR", "TUMBLE", "HOP", "SESSION", "FILTER",
    "CONVERT_TIMEZONE", "JSON_VALUE", "JSON_QUERY", "JSON_EXISTS", "VARIANT_MAP", "VARIANT_FILTER",
    "VARIANT_DEEP_MAP", "VARIANT_DEEP_FILTER", "VARIANT_MERGE", "RAND", "RANDOM", "GEN_RANDOM_UUID",
  ]

  /// Aggregates of the dialect that are known and refused.
  static let refusedAggregates: Set<String> = [
    "BIT_AND", "BIT_OR", "BIT_XOR", "ARRAY_AGG", "STRING_AGG", "LISTAGG", "PERCENTILE_CONT",
    "PERCENTILE_DISC",
    "APPROX_COUNT_DISTINCT", "SINGLE_VALUE", "ANY_VALUE",
  ]
}
