import Platform
import WireTypes
package import Workflows

/// A file of records: CSV with a header, lines of JSON, or one JSON list.
package struct RecordFile {
  package enum Form: Sendable {
    case csv
    case lines
    case list
  }

  package let records: RecordParts

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
    case .csv: try RecordFile.csv(bytes, &room)
    case .lines: try RecordFile.lines(bytes, nestingMax, &room)
    case .list: try RecordFile.list(bytes, nestingMax, &room)
    }
    room.parts.finish()
    records = room.parts
  }

  /// About what a file takes while it is read: itself, its records as they are kept, and their way into the log.
  package static func memoryBytes(_ bytes: [UInt8], _ form: Form) -> Int {
    guard form == .csv else { return 3 * bytes.count }
    let header = bytes.firstIndex(of: 0x0A) ?? bytes.count
    let lines = bytes.count { $0 == 0x0A }
    let (names, isOver) = header.multipliedReportingOverflow(by: lines)
    return 3 * min(Limits.recordFileTextMax, isOver ? .max : bytes.count + names)
  }

  /// One element is in memory at a time.
  private static func list(_ bytes: [UInt8], _ nestingMax: Int, _ room: inout RecordRoom) throws {
    var elements = JSONElements(bytes, nestingMax: nestingMax)
    while true {
      let element: JSONValue?
      do { element = try elements.next(bytesMax: Limits.batchItemBytesMax) } catch {
        switch error {
        case .notAList(let kind):
          throw OrchestrationFailure.invalid("the file must be a list of records, not \(kind)")
        case .syntax(let error):
          throw OrchestrationFailure.invalid("the file is not JSON: \(error.message) at byte \(error.offset)")
        case .tooLarge(let number): throw RecordRoom.tooLarge(number)
        }
      }
      guard let element else { return }
      try room.take(element)
    }
  }

  private static func lines(_ bytes: [UInt8], _ nestingMax: Int, _ room: inout RecordRoom) throws {
    var (start, number) = (0, 0)
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      defer { start = end + 1 }
      number += 1
      let line = bytes[start..<end]
      guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
      try room.check(textBytes: line.count)
      let record: JSONValue
      do { record = try JSONValue(parsing: Array(line), nestingMax: nestingMax) } catch {
        throw OrchestrationFailure.invalid("line \(number) is not JSON: \(error.message) at its byte \(error.offset)")
      }
      try room.take(record)
    }
  }

  /// Every value is a text; an empty field that is not quoted is null.
  private static func csv(_ bytes: [UInt8], _ room: inout RecordRoom) throws {
    var reader = CSVReader(bytes)
    var names: [String]?
    while let row = try reader.next() {
      guard let names else {
        names = try header(row)
        continue
      }
      guard row.fields.count == names.count else {
        throw OrchestrationFailure.invalid(
          "line \(row.line) has \(row.fields.count) fields, the header has \(names.count)")
      }
      try room.take(.object(zip(names, row.fields).map { JSONMember($0, .text($1)) }))
    }
    guard names != nil else { throw OrchestrationFailure.invalid("the file is empty: its first line is its header") }
  }

  private static func header(_ row: CSVReader.Row) throws -> [String] {
    let names = row.fields.map { $0 ?? "" }
    guard names.allSatisfy({ !$0.isEmpty }), Set(names).count == names.count else {
      throw OrchestrationFailure.invalid("the header has a column without a name, or one name twice")
    }
    return names
  }
}

/// The records of one file, within what they may take.
private struct RecordRoom {
  var parts = RecordParts()

  mutating func take(_ record: JSONValue) throws(OrchestrationFailure) {
    guard parts.count < Limits.batchRunsMax else {
      throw OrchestrationFailure(413, "payloadTooLarge", "the file has more than \(Limits.batchRunsMax) records")
    }
    let size = parts.add(record)
    guard size <= Limits.batchItemBytesMax, parts.bytes <= Limits.recordFileTextMax else {
      throw RecordRoom.tooLarge(parts.count)
    }
  }

  /// Of the next record, before it is read.
  func check(textBytes: Int) throws(OrchestrationFailure) {
    if textBytes > Limits.batchItemBytesMax { throw RecordRoom.tooLarge(parts.count + 1) }
  }

  static func tooLarge(_ number: Int) -> OrchestrationFailure {
    OrchestrationFailure(
      413, "payloadTooLarge",
      "record \(number) takes too much room: \(Limits.batchItemBytesMax) bytes of JSON each, "
        + "\(Limits.recordFileTextMax) all together")
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
