/// Which words cannot be names unless quoted. Far fewer than the standard's: only what the grammar needs.
enum Keywords {
  static let reserved: Set<String> = [
    "ALL", "AND", "ANY", "AS", "ASOF", "BETWEEN", "BY", "CASE", "CAST", "CONSTRAINT", "CREATE", "CROSS",
    "DEFAULT", "DISTINCT", "DROP", "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "FALSE", "FETCH", "FOR",
    "FOREIGN",
    "FROM", "FULL", "GROUP", "HAVING", "IN", "INNER", "INSERT", "INTERSECT", "INTERVAL", "INTO", "IS", "JOIN",
    "LATERAL", "LEFT", "LIKE", "LIMIT", "MATCH_CONDITION", "MATCH_RECOGNIZE", "MINUS", "NATURAL", "NOT",
    "NULL", "OFFSET", "ON", "OR",
    "ORDER", "OUTER", "OVER", "PARTITION", "PRIMARY", "QUALIFY", "RIGHT", "RLIKE", "SELECT", "SOME", "TABLE",
    "TABLESAMPLE", "THEN", "TRUE", "UNION", "UNIQUE", "UNNEST", "USING", "VALUES", "WHEN", "WHERE", "WINDOW",
    "WITH",
  ]

  /// Reserved words that are also names of functions when a parenthesis follows.
  static let functionLike: Set<String> = ["LEFT", "RIGHT", "RLIKE", "SOME", "EXISTS"]

  static let intervalUnits: Set<String> = [
    "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND",
    "YEARS",
    "QUARTERS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS", "MICROSECONDS",
  ]

  static let timeUnits: Set<String> = [
    "EPOCH", "MILLENNIUM", "CENTURY", "DECADE", "YEAR", "ISOYEAR", "QUARTER", "MONTH", "WEEK", "ISOWEEK",
    "DAY",
    "DOW", "ISODOW", "DOY", "DAYOFWEEK", "DAYOFYEAR", "DAYOFMONTH", "HOUR", "MINUTE", "SECOND", "MILLISECOND",
    "MICROSECOND", "NANOSECOND", "YEARS", "QUARTERS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES",
    "SECONDS",
    "MILLISECONDS", "MICROSECONDS", "NANOSECONDS", "SQL_TSI_YEAR", "SQL_TSI_QUARTER", "SQL_TSI_MONTH",
    "SQL_TSI_WEEK", "SQL_TSI_DAY",
    "SQL_TSI_HOUR", "SQL_TSI_MINUTE", "SQL_TSI_SECOND",
  ]
}
