import Platform
package import WireTypes

/// A file of records: CSV with a header, lines of JSON, or one JSON list.
package struct RecordFile {
  package enum Form: Sendable {
    case csv
    case lines
    case list
  }

  package let records: [JSONValue]

  /// That of a content type or, when it says nothing, of the end of a file name; nil when neither tells.
  package static func form(contentType: String?, name: String) -> Form? {
    switch contentType?.split(separator: ";").first.map({ $0.filter { $0 != " " }.lowercased() }) ?? "" {
    case "text/csv", "application/csv": return .csv
    case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines": return .lines
    case "application/json", "text/json": return .list
    case "", "application/octet-stream", "text/plain": break
    default: return nil
    }
    switch name.split(separator: ".").last?.lowercased() {
    case "csv": return .csv
    case "ndjson", "jsonl": return .lines
    case "json": return .list
    default: return nil
    }
  }

  /// Errors: what is wrong and in which line; 413 when there are too many records, or their text is too long.
  package init(_ bytes: [UInt8], _ form: Form, nestingMax: Int) throws {
    var room = RecordRoom()
    switch form {
    case .csv: records = try RecordFile.csv(bytes, &room)
    case .lines: records = try RecordFile.lines(bytes, nestingMax, &room)
    case .list:
      let json: JSONValue
      do { json = try JSONValue(parsing: bytes, nestingMax: nestingMax) } catch {
        throw OrchestrationFailure.invalid("the file is not JSON: \(error.message) at byte \(error.offset)")
      }
      guard let elements = json.elements else {
        throw OrchestrationFailure.invalid("the file must be a list of records, not \(json.kind)")
      }
      for element in elements { try room.take(element) }
      records = elements
    }
  }

  private static func lines(_ bytes: [UInt8], _ nestingMax: Int, _ room: inout RecordRoom) throws -> [JSONValue] {
    var records: [JSONValue] = []
    var (start, number) = (0, 0)
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      defer { start = end + 1 }
      number += 1
      let line = bytes[start..<end]
      guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
      do { records.append(try JSONValue(parsing: Array(line), nestingMax: nestingMax)) } catch {
        throw OrchestrationFailure.invalid("line \(number) is not JSON: \(error.message) at its byte \(error.offset)")
      }
      try room.take(records[records.count - 1])
    }
    return records
  }

  /// Every value is a text; an empty field that is not quoted is null.
  private static func csv(_ bytes: [UInt8], _ room: inout RecordRoom) throws -> [JSONValue] {
    var reader = CSVReader(bytes)
    var names: [String]?
    var records: [JSONValue] = []
    while let row = try reader.next() {
      guard let names else {
        names = try header(row)
        continue
      }
      guard row.fields.count == names.count else {
        throw OrchestrationFailure.invalid(
          "line \(row.line) has \(row.fields.count) fields, the header has \(names.count)")
      }
      let record = JSONValue.object(zip(names, row.fields).map { JSONMember($0, .text($1)) })
      try room.take(record)
      records.append(record)
    }
    guard names != nil else { throw OrchestrationFailure.invalid("the file is empty: its first line is its header") }
    return records
  }

  private static func header(_ row: CSVReader.Row) throws -> [String] {
    let names = row.fields.map { $0 ?? "" }
    guard names.allSatisfy({ !$0.isEmpty }), Set(names).count == names.count else {
      throw OrchestrationFailure.invalid("the header has a column without a name, or one name twice")
    }
    return names
  }
}

/// What the records of one file may take.
private struct RecordRoom {
  private var count = 0
  private var bytes = 0

  mutating func take(_ record: JSONValue) throws(OrchestrationFailure) {
    count += 1
    let size = record.encodedBytes.count
    bytes += size
    guard count <= Limits.batchRunsMax else {
      throw OrchestrationFailure(413, "payloadTooLarge", "the file has more than \(Limits.batchRunsMax) records")
    }
    guard size <= Limits.batchItemBytesMax, bytes <= Limits.recordFileTextMax else {
      throw OrchestrationFailure(
        413, "payloadTooLarge",
        "record \(count) takes too much room: \(Limits.batchItemBytesMax) bytes of JSON each, "
          + "\(Limits.recordFileTextMax) all together")
    }
  }
}

/// Rows of a CSV text (RFC 4180), empty lines passed over.
struct CSVReader {
  struct Row {
    /// From 1, where it begins.
    let line: Int
    /// Nil for an empty one that is not quoted.
    let fields: [String?]
  }

  private let bytes: [UInt8]
  private var position: Int
  private var line = 1

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let fieldsMax = 10_000

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: CSVReader.mark) ? 3 : 0
  }

  /// Nil at the end.
  mutating func next() throws -> Row? {
    while takeLineEnd() {}
    guard position < bytes.count else { return nil }
    let start = line
    var fields: [String?] = []
    while true {
      guard fields.count < CSVReader.fieldsMax else {
        throw OrchestrationFailure.invalid("line \(line) has more than \(CSVReader.fieldsMax) fields")
      }
      fields.append(try field())
      if position < bytes.count, bytes[position] == UInt8(ascii: ",") {
        position += 1
        continue
      }
      guard position == bytes.count || takeLineEnd() else {
        throw OrchestrationFailure.invalid("line \(line): text behind a quoted field")
      }
      return Row(line: start, fields: fields)
    }
  }

  private mutating func takeLineEnd() -> Bool {
    guard position < bytes.count else { return false }
    if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A {
      position += 2
    } else if bytes[position] == 0x0A {
      position += 1
    } else {
      return false
    }
    line += 1
    return true
  }

  private mutating func field() throws -> String? {
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return try text(quoted()) }
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: ","), bytes[position] != 0x0A {
      if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A { break }
      position += 1
    }
    if position == start { return nil }
    return try text(Array(bytes[start..<position]))
  }

  private mutating func quoted() throws -> [UInt8] {
    let begin = line
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.count, bytes[position] == byte else { return content }
        position += 1
      } else if byte == 0x0A {
        line += 1
      }
      content.append(byte)
    }
    throw OrchestrationFailure.invalid("line \(begin): a quoted field does not end")
  }

  private func text(_ bytes: [UInt8]) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw OrchestrationFailure.invalid("line \(line): the text is not UTF-8")
    }
    return text
  }
}
