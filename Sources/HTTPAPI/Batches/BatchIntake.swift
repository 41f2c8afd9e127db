import Platform
import WireTypes
package import Workflows

/// Reads what a new batch is made of, as it comes in: a form with files, lines of JSON, or one JSON document.
package struct BatchIntake: Sendable {
  package typealias Digest = @Sendable ([UInt8]) -> [UInt8]

  /// A job to be.
  package struct Entry: Sendable, Equatable {
    package let job: BatchJob
    package let input: String
  }

  private enum Kind {
    case form(MultipartParser)
    case lines
    case document
  }

  private struct Part {
    let headers: MultipartHeaders
    var bytes: [UInt8] = []
  }

  package static let filesMax = 25
  package static let itemsMax = 100_000
  private static let fieldBytesMax = 256 << 10

  private let digest: Digest
  private var kind: Kind
  private var total = 0
  private var part: Part?
  private var rest: [UInt8] = []
  private var files = 0
  private var entries: [Entry] = []
  private var single = BatchSettings()
  private var options = BatchSettings()

  /// `contentType`: of the request. Errors: one that is none of the three.
  package init(contentType: String?, digest: @escaping Digest) throws(BatchFailure) {
    self.digest = digest
    let type = contentType ?? ""
    switch type.split(separator: ";").first.map({ $0.filter { $0 != " " }.lowercased() }) ?? "" {
    case "multipart/form-data":
      guard let parser = MultipartParser.boundary(of: type).flatMap({ MultipartParser(boundary: $0) }) else {
        throw .invalid("Invalid content type", "multipart/form-data needs a boundary of 1 to 70 characters")
      }
      kind = .form(parser)
    case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines":
      kind = .lines
    case "application/json", "text/json": kind = .document
    default:
      throw .invalid(
        "Invalid content type",
        "the content type must be multipart/form-data, application/x-ndjson or application/json, not '\(type)'"
      )
    }
  }

  /// Settings that stand beside the body.
  package mutating func take(parameter name: String, _ value: String) throws(BatchFailure) {
    if name == "batch_options" {
      options = try BatchSettings(options: .string(value)).over(options)
    } else {
      try single.take(name, .string(value))
    }
  }

  package mutating func feed(_ bytes: some Collection<UInt8>) throws(BatchFailure) {
    total += bytes.count
    let limit = Limits.batchBytesMax
    guard total <= limit + Limits.batchOverheadBytesMax else {
      throw .tooLarge("The batch has more than \(limit) bytes", limit: limit)
    }
    switch kind {
    case .form(var parser):
      let events: [MultipartParser.Event]
      do throws(MultipartFault) { events = try parser.feed(bytes) } catch {
        throw .invalid("Invalid request body", error.message)
      }
      kind = .form(parser)
      for event in events { try take(event) }
    case .lines:
      rest += bytes
      try takeLines()
    case .document:
      rest += bytes
      let limit = Limits.batchDocumentBytesMax
      guard rest.count <= limit else {
        var failure = BatchFailure.tooLarge("The document has more than \(limit) bytes", limit: limit)
        failure.suggestion = "Send the items as lines: application/x-ndjson"
        throw failure
      }
    }
  }

  /// The body has ended: the jobs, and what was asked for.
  package mutating func finish() throws(BatchFailure) -> (entries: [Entry], settings: BatchSettings) {
    switch kind {
    case .form(let parser):
      do throws(MultipartFault) { try parser.finish() } catch {
        throw .invalid("Invalid request body", error.message)
      }
    case .lines:
      if !rest.isEmpty { rest.append(0x0A) }
      try takeLines()
    case .document: try takeDocument()
    }
    guard !entries.isEmpty else {
      let what = if case .form = kind { "at least one part named 'file'" } else { "at least one item" }
      throw .invalid("No items to process", "a batch needs \(what)")
    }
    return (entries, single.over(options))
  }

  // MARK: Files

  private mutating func take(_ event: MultipartParser.Event) throws(BatchFailure) {
    switch event {
    case .part(let headers): part = Part(headers: headers)
    case .content(let bytes):
      guard let headers = part?.headers else { return }
      let isFile = headers.name == "file" || headers.fileName != nil
      let limit = isFile ? Limits.batchFileBytesMax : BatchIntake.fieldBytesMax
      guard (part?.bytes.count ?? 0) + bytes.count <= limit else {
        let what = isFile ? "The file '\(headers.fileName ?? "")'" : "The field '\(headers.name)'"
        throw .tooLarge("\(what) has more than \(limit) bytes", limit: limit)
      }
      part?.bytes += bytes
    case .partEnd:
      guard let part else { return }
      self.part = nil
      if part.headers.name == "file" || part.headers.fileName != nil {
        try take(file: part)
      } else {
        try take(field: part)
      }
    }
  }

  private mutating func take(file part: Part) throws(BatchFailure) {
    files += 1
    guard files <= BatchIntake.filesMax else {
      throw .invalid("Too many files", "a batch has at most \(BatchIntake.filesMax) files")
    }
    let name = try BatchIntake.checked(name: part.headers.fileName ?? "file-\(files)")
    let job = BatchJob(
      name: name, mediaType: MediaType(fileName: name).rawValue,
      contentType: part.headers.contentType ?? "application/octet-stream", size: part.bytes.count,
      checksum: BatchIntake.hex(digest(part.bytes)))
    entries.append(Entry(job: job, input: job.input(file: Base64.text(part.bytes))))
  }

  private mutating func take(field part: Part) throws(BatchFailure) {
    guard let text = String(validating: part.bytes, as: UTF8.self) else {
      throw .invalid("Invalid parameter: \(part.headers.name)", "\(part.headers.name) is not UTF-8")
    }
    if text.isEmpty { return }
    try take(parameter: part.headers.name, text)
  }

  private static func checked(name: String) throws(BatchFailure) -> String {
    guard name.utf8.count <= 1024 else {
      throw .invalid("Invalid file name", "a file name has at most 1024 bytes")
    }
    return name
  }

  // MARK: Items

  private mutating func takeLines() throws(BatchFailure) {
    var start = 0
    while let end = rest[start...].firstIndex(of: 0x0A) {
      let line = rest[start..<end]
      start = end + 1
      guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
      do { try take(item: try JSONValue(parsing: Array(line))) } catch let error as JSONSyntaxError {
        throw .invalid(
          "Invalid item", "item \(entries.count + 1) is not JSON: \(error.message) at byte \(error.offset)")
      } catch let failure as BatchFailure {
        throw failure
      } catch { throw .invalid("Invalid item", "item \(entries.count + 1): \(error)") }
    }
    rest.removeFirst(start)
    guard rest.count <= Limits.batchItemBytesMax else {
      throw .tooLarge(
        "An item has more than \(Limits.batchItemBytesMax) bytes", limit: Limits.batchItemBytesMax)
    }
  }

  private mutating func takeDocument() throws(BatchFailure) {
    let json: JSONValue
    do { json = try JSONValue(parsing: rest) } catch {
      throw .invalid("Invalid request body", "the body is not JSON: \(error.message) at byte \(error.offset)")
    }
    rest = []
    guard json.members != nil else {
      throw .invalid(
        "Invalid request body", "the body must be an object with the list 'items', not \(json.kind)")
    }
    guard let items = json["items"]?.elements else {
      throw .invalid("Invalid parameter: items", "items must be a list")
    }
    if let value = json["batch_options"] { options = try BatchSettings(options: value).over(options) }
    for member in json.members ?? [] where BatchSettings.names.contains(member.name) {
      try single.take(member.name, member.value)
    }
    for item in items { try take(item: item) }
  }

  private mutating func take(item: JSONValue) throws(BatchFailure) {
    guard entries.count < BatchIntake.itemsMax else {
      throw .tooLarge("The batch has more than \(BatchIntake.itemsMax) items", limit: BatchIntake.itemsMax)
    }
    let text = item.encodedBytes
    guard text.count <= Limits.batchItemBytesMax else {
      throw .tooLarge(
        "An item has more than \(Limits.batchItemBytesMax) bytes", limit: Limits.batchItemBytesMax)
    }
    let named = ["file_path", "filename", "name", "id"].lazy.compactMap { item[$0]?.stringValue }.first
    let name = try BatchIntake.checked(name: named ?? "item-\(entries.count + 1)")
    let given = item["media_type"]?.stringValue.flatMap { MediaType(rawValue: $0) }
    let job = BatchJob(
      name: name, mediaType: (given ?? MediaType(fileName: name)).rawValue, contentType: "application/json",
      size: text.count, checksum: BatchIntake.hex(digest(text)))
    entries.append(Entry(job: job, input: job.input(item: String(decoding: text, as: UTF8.self))))
  }

  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }
}
