/// The WITH properties of a table or view, checked.
struct PropertySet {
  static let ofTables: Set<String> = [
    "connectors", "materialized", "append_only", "expected_size", "skip_unused_columns",
  ]
  static let ofViews: Set<String> = ["connectors", "materialized", "rust", "emit_final"]

  private(set) var list: [Property] = []
  private(set) var warnings: [SQLFault] = []
  private(set) var materialized = false
  private(set) var isAppendOnly = false
  private(set) var skipsUnusedColumns = false
  private(set) var connectors: String?
  private(set) var emitFinal: SyntaxProperty?

  init(_ written: [SyntaxProperty], known: Set<String>) throws(SQLFault) {
    var seen: Set<String> = []
    for property in written {
      guard seen.insert(property.key).inserted else {
        throw SQLFault(.compilation, "Duplicate property '\(property.key)'", at: property.keyRange)
      }
      if !known.contains(property.key) {
        warnings.append(
          SQLFault(.unusedProperty, "Unknown property '\(property.key)'", at: property.keyRange))
      }
      if property.key == "materialized" { materialized = try PropertySet.flag(property) }
      if property.key == "append_only" { isAppendOnly = try PropertySet.flag(property) }
      if property.key == "skip_unused_columns", known.contains(property.key) {
        skipsUnusedColumns = try PropertySet.flag(property)
      }
      if property.key == "emit_final", known.contains(property.key) { emitFinal = property }
      if property.key == "connectors" { connectors = property.value }
      list.append(Property(key: property.key, value: property.value))
    }
  }

  private static func flag(_ property: SyntaxProperty) throws(SQLFault) -> Bool {
    switch property.value.lowercased() {
    case "true": return true
    case "false": return false
    default:
      throw SQLFault(
        .compilation, "Expected a boolean value for property '\(property.key)'", at: property.valueRange)
    }
  }
}
