import Hummingbird
import HummingbirdCore
import NIOCore
import Platform
import WireTypes
import Workflows

/// `/v1/orchestration/files`: files of records, for batches of tools.
enum FileRoutes {
  private struct Upload {
    var name: String
    var contentType: String?
    var bytes: [UInt8]
  }

  static let create: Route.Handler = { call in
    var held = 0
    defer { BatchIntakeRoom.shared.give(back: held) }
    let upload = try await upload(call, &held)
    guard let form = RecordFile.form(contentType: upload.contentType, name: upload.name) else {
      throw OrchestrationFailure.invalid(
        "the file must be CSV (text/csv, .csv), lines of JSON (application/x-ndjson, .ndjson) or a JSON list "
          + "(application/json, .json)")
    }
    let place = try await call.work()
    let file = try await BatchMemory(place).hold(RecordFile.memoryBytes(upload.bytes, form)) {
      try RecordFile(upload.bytes, form, nestingMax: call.environment.limits.nesting)
    }
    try call.take(records: 1)
    let name = try await place.files.make(name: upload.name, records: file.records)
    return Answer.json([
      "s3Filename": .string(name), "contentType": .string(contentType(of: form)), "name": .string(upload.name),
      "recordsCount": .integer(file.records.count),
    ])
  }

  private static func contentType(of form: RecordFile.Form) -> String {
    switch form {
    case .csv: "text/csv"
    case .lines: "application/x-ndjson"
    case .list: "application/json"
    }
  }

  /// Of a form the part `file`, or the first one that has a file name; else the whole body.
  private static func upload(_ call: APICall, _ held: inout Int) async throws -> Upload {
    let type = call.request.headers[.contentType]
    let name = call.query["name"]
    guard let type, type.lowercased().hasPrefix("multipart/") else {
      return Upload(name: name ?? "records", contentType: type, bytes: try await bytes(call, &held))
    }
    guard var parser = MultipartParser.boundary(of: type).flatMap({ MultipartParser(boundary: $0) }) else {
      throw OrchestrationFailure.invalid("multipart/form-data needs a boundary of 1 to 70 characters")
    }
    var found: Upload?
    var isWithin = false
    do {
      for event in try parser.feed(try await bytes(call, &held)) {
        switch event {
        case .part(let headers):
          isWithin = found == nil && (headers.name == "file" || headers.fileName != nil)
          if isWithin {
            found = Upload(name: headers.fileName ?? name ?? "records", contentType: headers.contentType, bytes: [])
          }
        case .content(let bytes): if isWithin { found?.bytes += bytes }
        case .partEnd: isWithin = false
        }
      }
      try parser.finish()
    } catch let fault as MultipartFault { throw OrchestrationFailure.invalid(fault.message) }
    guard let found else { throw OrchestrationFailure.invalid("the form has no part 'file'") }
    return found
  }

  /// Within the room that the bodies of new batches have together, of which `held` is to be given back.
  private static func bytes(_ call: APICall, _ held: inout Int) async throws -> [UInt8] {
    let limit = Limits.recordFileBytesMax
    let tooLarge = OrchestrationFailure(413, "payloadTooLarge", "a file has at most \(limit) bytes")
    if let length = call.announcedLength, length > limit { throw tooLarge }
    var bytes: [UInt8] = []
    for try await buffer in call.request.body {
      guard bytes.count + buffer.readableBytes <= limit else { throw tooLarge }
      do throws(BatchFailure) { try BatchIntakeRoom.shared.take(buffer.readableBytes) } catch {
        var failure = OrchestrationFailure(503, "unavailable", "too many files are being uploaded: try again")
        failure.retryAfterSeconds = 2
        throw failure
      }
      held += buffer.readableBytes
      bytes += buffer.readableBytesView
    }
    try call.checkLength(bytes.count)
    call.note(bytes: bytes.count)
    return bytes
  }
}
