package import Platform
package import WireTypes

/// Files of records for batches of tools: kept as their records, in parts, as long as results are.
package struct FileBook: Sendable {
  package enum Refusal: Error, Sendable, Equatable { case unknownFile }

  /// Of the records; retention knows it.
  private static let status = "file"
  private static let prefix = "file-"
  private static let nameBytesMax = 100

  private let service: WorkService
  private let random: any RandomSource

  package init(service: WorkService, random: any RandomSource) {
    self.service = service
    self.random = random
  }

  /// The name under which its records are found: its own behind an id.
  package func make(name: String, records: RecordParts) async throws(WorkError) -> String {
    let uuid = WorkNames.random(.uuid, random)
    let fileName = "\(uuid)-\(FileBook.plain(name))"
    let parts = records.texts
    // What it takes to read it is told in a record of its own, so that nobody must read it for that.
    let size: JSONValue = ["bytes": .integer(records.bytes)]
    let head: JSONValue = ["name": .string(fileName), "parts": .integer(parts.count + 1)]
    let now = service.clock.wall()
    try await service.define(
      ([head.encoded, size.encoded] + parts).enumerated().map { index, body in
        WorkRecord(
          subject: FileBook.prefix + uuid, sequence: Int64(index), kind: index == 0 ? .definition : .event,
          dialect: .orchestration, status: FileBook.status, at: now, body: body)
      })
    return fileName
  }

  /// Bytes of the JSON of its records, 0 when there are none or no such file; nil when that is not known without
  /// reading it: a former release did not tell it.
  package func bytes(of fileName: String) async throws -> Int? {
    guard let size = try await service.firstEvents(of: [try FileBook.subject(fileName)]).first else { return 0 }
    return RunRecord.json(size.body)["bytes"]?.integerValue.map { Int(clamping: $0) }
  }

  package func records(_ fileName: String) async throws -> [JSONValue] {
    let records = try await service.definition(try FileBook.subject(fileName))
    guard let first = records.first, first.status == FileBook.status else { throw Refusal.unknownFile }
    let head = RunRecord.json(first.body)
    guard head["name"]?.stringValue == fileName else { throw Refusal.unknownFile }
    guard head["parts"]?.integerValue == Int64(records.count - 1) else {
      throw WorkError(.failed, "the file is not whole in the log")
    }
    // What is no list tells of the file.
    return records.dropFirst().flatMap { RunRecord.json($0.body).elements ?? [] }
  }

  private static func subject(_ fileName: String) throws(Refusal) -> String {
    let id = String(decoding: fileName.utf8.prefix(36), as: UTF8.self).lowercased()
    guard id.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
      throw .unknownFile
    }
    return prefix + id
  }

  /// What stands in a name without being quoted anywhere.
  private static func plain(_ name: String) -> String {
    let bytes = name.utf8.suffix(nameBytesMax).map { byte -> UInt8 in
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      return isPlain || byte == 0x2E || byte == 0x2D || byte == 0x5F ? byte : 0x5F
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
