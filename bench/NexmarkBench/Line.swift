/// One JSON object in a line, members in the order given.
struct Line: CustomStringConvertible {
  enum Value {
    case text(String)
    case whole(UInt64)
    case real(Double)
  }

  private let members: [(String, Value)]
  init(_ members: [(String, Value)]) { self.members = members }

  var description: String {
    "{" + members.map { "\"\($0)\":" + Line.text($1) }.joined(separator: ",") + "}"
  }

  private static func text(_ value: Value) -> String {
    switch value {
    case .text(let text):
      let plain = text.unicodeScalars.map { scalar -> String in
        switch scalar {
        case "\"", "\\": "\\" + String(scalar)
        case _ where scalar.value < 0x20: " "
        default: String(scalar)
        }
      }
      return "\"" + plain.joined() + "\""
    case .whole(let number): return String(number)
    case .real(let number): return String((number * 1000).rounded() / 1000)
    }
  }
}
