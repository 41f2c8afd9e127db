import DataModel
import Dataflow

/// The bounded table of q13: keys 0 to 9,999 and a text for each.
enum SideInput {
  static let table = SQLIdentifier("side_input")

  static func step() -> [TableInput] {
    var keys = ColumnBuilder(.int64)
    var texts = ColumnBuilder(.bytes)
    for key in 0..<10_000 {
      keys.append(int64: Int64(key))
      texts.append(bytes: "value-\(key)".utf8)
    }
    let kinds = [UInt8](repeating: ChangeKind.insert.rawValue, count: keys.count)
    return [
      TableInput(
        table: table, changes: [ChangeBatch(columns: [keys.finish(), texts.finish()], kinds: kinds)])
    ]
  }
}
