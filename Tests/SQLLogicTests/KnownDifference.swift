import DataModel

/// Where the dialect's rules differ from those of the engines that wrote a script's expectations.
enum KnownDifference {
  /// Of a query that has no answer; a rule knows its error and, where that could also be a bug, the query.
  static func reason(_ query: QueryRecord, error: String) -> String? {
    let sql = query.sql.uppercased()
    if error == "Cannot apply '+' to arguments of type '+ <VARCHAR>'" {
      return "a sign before a text is an error, no number"
    }
    if error.hasPrefix("attempt to divide by zero"), sql.contains("/") || sql.contains("%") {
      return "division by zero is an error, not NULL"
    }
    if error.hasPrefix("cannot convert 'hello' to INTEGER"), sql.hasPrefix("SELECT 'HELLO'") {
      return "a text beside a number is read as a number"
    }
    if error == "Values passed to IN operator must have compatible types", sql.hasPrefix("SELECT X'") {
      return "binary strings and numbers cannot be compared"
    }
    return nil
  }
}
