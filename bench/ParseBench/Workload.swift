import DataModel
import Formats

/// One kind of body: its text for a number of rows, and how it is read.
struct Workload: Sendable {
  let name: String
  let format: InputFormat
  let schema: Schema
  /// Columns that are left out.
  var skipping: Set<Int> = []
  let row: @Sendable (Int) -> String

  func body(rows: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<rows { bytes += Array(row(index).utf8) + [0x0A] }
    return bytes
  }

  static let all: [Workload] = {
    let raw = InputFormat(kind: .json, updateFormat: .raw)
    let envelope = InputFormat(kind: .json)
    func insert(_ row: @escaping @Sendable (Int) -> String) -> @Sendable (Int) -> String { { "{\"insert\":\(row($0))}" } }
    return [
      Workload(name: "bid raw", format: raw, schema: Bid.schema, row: Bid.json),
      Workload(name: "bid raw, 2 of 7", format: raw, schema: Bid.schema, skipping: [1, 3, 4, 5, 6], row: Bid.json),
      Workload(name: "bid insert_delete", format: envelope, schema: Bid.schema, row: insert(Bid.json)),
      Workload(name: "bid csv", format: InputFormat(kind: .csv), schema: Bid.schema, row: Bid.csv),
      Workload(name: "order raw", format: raw, schema: Order.schema, row: Order.json),
      Workload(name: "order insert_delete", format: envelope, schema: Order.schema, row: insert(Order.json)),
      Workload(name: "order csv", format: InputFormat(kind: .csv), schema: Order.schema, row: Order.csv),
      Workload(name: "hard raw", format: raw, schema: Hard.schema, row: Hard.json),
    ]
  }()
}

private func column(_ name: String, _ type: ColumnType, nullable: Bool = true) -> Field {
  Field(name: SQLIdentifier(name), type: type, nullable: nullable)
}

private func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// SplitMix64 of the row number.
private func mixed(_ index: Int) -> Int {
  var word = UInt64(index) &* 0x9E37_79B9_7F4A_7C15
  word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
  return Int((word ^ (word >> 27)) >> 2)
}

private func moment(_ index: Int) -> String {
  "2026-11-\(padded(1 + index / 8_640_000 % 28, 2)) "
    + "\(padded(index / 360_000 % 24, 2)):\(padded(index / 6000 % 60, 2)):\(padded(index / 100 % 60, 2))"
    + ".\(padded(index % 100 * 10, 3))"
}

/// The `bid` of Nexmark.
private enum Bid {
  static let schema = Schema(fields: [
    column("auction", .bigint), column("bidder", .bigint), column("price", .bigint),
    column("channel", .varchar(length: nil)), column("url", .varchar(length: nil)),
    column("date_time", .timestamp), column("extra", .varchar(length: nil)),
  ])

  @Sendable private static func cells(_ index: Int) -> [String] {
    let random = mixed(index)
    let channels = ["Google", "Facebook", "Baidu", "Apple", "channel-\(random % 9999)"]
    let word = String(random, radix: 36) + String(mixed(random), radix: 36)
    return [
      String(1000 + random % 100_000), String(1000 + random % 77_777), String(100 + random % 99_000_000),
      channels[random % 5], "https://www.nexmark.com/\(word.prefix(5))/\(word.suffix(5))/item.htm?query=1",
      moment(index), String((word + word).prefix(30)),
    ]
  }

  @Sendable static func json(_ index: Int) -> String {
    let cell = cells(index)
    return "{\"auction\":\(cell[0]),\"bidder\":\(cell[1]),\"price\":\(cell[2]),\"channel\":\"\(cell[3])\","
      + "\"url\":\"\(cell[4])\",\"date_time\":\"\(cell[5])\",\"extra\":\"\(cell[6])\"}"
  }

  @Sendable static func csv(_ index: Int) -> String { cells(index).joined(separator: ",") }
}

/// Seven columns, 202 bytes and a line end.
private enum Order {
  static let schema = Schema(fields: [
    column("id", .bigint, nullable: false), column("customer", .bigint), column("amount", .double),
    column("paid", .boolean), column("status", .varchar(length: 16)), column("created", .timestamp),
    column("note", .varchar(length: nil)),
  ])

  @Sendable private static func cells(_ index: Int) -> [String] {
    let random = mixed(index)
    let status = ["pending", "shipped", "on hold", "returns"][random % 4]
    return [
      padded(10_000_000 + index, 8), padded(100_000 + random % 900_000, 6),
      "\(1000 + random % 9000).\(padded(random % 100, 2))", random % 2 == 0 ? "true " : "false", status,
      moment(index), String(repeating: String(random, radix: 36), count: 7).prefix(58).description,
    ]
  }

  @Sendable static func json(_ index: Int) -> String {
    let cell = cells(index)
    return "{\"id\":\(cell[0]),\"customer\":\(cell[1]),\"amount\":\(cell[2]),\"paid\":\(cell[3]),"
      + "\"status\":\"\(cell[4])\",\"created\":\"\(cell[5])\",\"note\":\"\(cell[6])\"}"
  }

  @Sendable static func csv(_ index: Int) -> String {
    cells(index).joined(separator: ",").replacing("true ", with: "true")
  }
}

/// What is not plain: blanks, another order, fields that lack or are unknown, NULLs, escapes, text beyond ASCII,
/// long fractions, decimals.
private enum Hard {
  static let schema = Schema(fields: [
    column("id", .bigint, nullable: false), column("amount", .decimal(precision: 12, scale: 2)),
    column("ratio", .double), column("name", .varchar(length: nil)), column("day", .date),
    column("created", .timestamp), column("identity", .uuid),
  ])

  @Sendable static func json(_ index: Int) -> String {
    let random = mixed(index)
    let name = ["Jos\u{E9} Garc\u{ED}a", "a \\\"quoted\\\" word", "path\\/to\\/item", "plain text"][random % 4]
    let amount = "\(random % 100_000).\(padded(random % 100, 2))"
    let identity = "123e4567-e89b-12d3-a456-\(padded(random % 1_000_000_000, 12))"
    let optional = random % 3 == 0 ? "" : ", \"day\": \"2026-11-\(padded(1 + random % 28, 2))\""
    let ratio = random % 5 == 0 ? "null" : "\(Double(random % 1_000_003) / 1_000_003)"
    return "{\"name\": \"\(name)\", \"id\": \(index), \"amount\": \"\(amount)\", \"ratio\": \(ratio), "
      + "\"source\": {\"host\": \"h\(random % 9)\"}\(optional), \"created\": \"\(moment(index))\", "
      + "\"identity\": \"\(identity)\"}"
  }
}
