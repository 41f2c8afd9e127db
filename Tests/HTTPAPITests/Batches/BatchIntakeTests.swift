import HTTPAPI
import Platform
import Testing
import WireTypes
import Workflows

// Goal: forms, lines and documents make the same kind of jobs; what is wrong is refused in the dialect's
// words. Method: each form of a request in small pieces, each refusal by its status, code and message.
@Suite struct BatchIntakeTests {
  /// Stands for SHA-256: the intake only hands it through.
  private static let digest: BatchIntake.Digest = { bytes in
    [UInt8(truncatingIfNeeded: bytes.count), bytes.first ?? 0]
  }

  private func take(_ type: String, _ body: String, _ parameters: [String: String] = [:]) throws(BatchFailure)
    -> (
      entries: [BatchIntake.Entry], settings: BatchSettings
    )
  {
    var intake = try BatchIntake(contentType: type, digest: BatchIntakeTests.digest)
    for (name, value) in parameters { try intake.take(parameter: name, value) }
    let bytes = Array(body.utf8)
    for start in stride(from: 0, to: bytes.count, by: 7) {
      try intake.feed(bytes[start..<min(bytes.count, start + 7)])
    }
    return try intake.finish()
  }

  private func failure(_ type: String, _ body: String, _ parameters: [String: String] = [:]) -> BatchFailure?
  {
    do throws(BatchFailure) { _ = try take(type, body, parameters) } catch { return error }
    return nil
  }

  private func form(_ parts: [(String, String)]) -> String {
    parts.map { "--X\r\nContent-Disposition: form-data; \($0.0)\r\n\r\n\($0.1)\r\n" }.joined()
      + "--X--\r\n"
  }

  private let formType = "multipart/form-data; boundary=X"

  @Test("Files become jobs with their content, type and checksum; single fields win over batch_options")
  func files() throws {
    let body = form([
      (
        "name=batch_options", #"{"priority":"high","max_concurrent":9,"collection_id":"c1","batch_name":"B"}"#
      ),
      (#"name="file"; filename="reports/a.pdf""#, "ABC"), ("name=collection_id", "c2"),
      (#"name="file"; filename="b.PNG""#, ""), ("name=force_overwrite", "True"),
    ])
    let (entries, settings) = try take(formType, body)
    #expect(entries.map(\.job.name) == ["reports/a.pdf", "b.PNG"])
    #expect(entries.map(\.job.mediaType) == ["document", "image"])
    #expect(entries.map(\.job.size) == [3, 0])
    #expect(entries[0].job.checksum == "0341")
    #expect(try JSONValue(parsing: entries[0].input)["content"] == "QUJD")
    let configuration = settings.configuration(name: "x", total: 2)
    #expect(configuration.name == "B" && configuration.collection == "c2" && configuration.priority == .high)
    #expect(
      configuration.maxConcurrent == 9 && configuration.forcesOverwrite
        && configuration.timeoutSeconds == 3600)
  }

  @Test("Lines and documents make the same jobs")
  func items() throws {
    let lines = try take(
      "application/x-ndjson; charset=utf-8", "{\"name\":\"a.mp4\",\"q\":1}\r\n\n  \n[1,2]\n\"x\"",
      ["batch_options": #"{"timeout":5}"#, "max_concurrent": "3"])
    #expect(lines.entries.map(\.job.name) == ["a.mp4", "item-2", "item-3"])
    #expect(lines.entries.map(\.job.mediaType) == ["video", "document", "document"])
    #expect(
      lines.entries.map { BatchJob.payload(of: $0.input) } == [#"{"name":"a.mp4","q":1}"#, "[1,2]", "\"x\""])
    #expect(lines.settings.timeoutSeconds == 5 && lines.settings.maxConcurrent == 3)
    let document = try take(
      "application/json",
      #"{"items":[{"name":"a.mp4","q":1},[1,2],"x"],"max_concurrent":3,"batch_options":"{\"timeout\":5,\"max_concurrent\":9}"}"#
    )
    #expect(document.entries == lines.entries)
    #expect(document.settings == lines.settings)
  }

  @Test("What is wrong is refused")
  func refusals() {
    #expect(failure("text/plain", "x")?.status == 400)
    #expect(failure("multipart/form-data", "x")?.message == "Invalid content type")
    #expect(failure(formType, form([("name=a", "1")]))?.message == "No items to process")
    #expect(failure(formType, "--X\r\n")?.code == "validation_error")
    #expect(failure("application/json", #"{"items":[]}"#)?.message == "No items to process")
    #expect(failure("application/json", #"{"item":[]}"#)?.message == "Invalid parameter: items")
    #expect(failure("application/json", "[")?.status == 400)
    #expect(failure("application/json", "[1]")?.status == 400)
    #expect(
      failure("application/x-ndjson", "{\"a\":1}\n{")?.details?["error"]?.stringValue?.contains("item 2")
        == true)
    let many = (0..<26).map { (#"name=file; filename="f\#($0)""#, "") }
    #expect(failure(formType, form(many))?.message == "Too many files")
    for (name, value) in [
      ("priority", "urgent"), ("max_concurrent", "0"), ("max_concurrent", "x"), ("timeout", "-1"),
      ("collection_id", "a b"), ("force_overwrite", "maybe"), ("batch_options", "{"),
      ("batch_options", "[1]"),
      ("batch_options", #"{"priority":3}"#),
    ] {
      let failure = failure("application/x-ndjson", "1", [name: value])
      #expect(failure?.status == 400 && failure?.code == "validation_error", "\(name)=\(value)")
    }
  }

  @Test("Files, items and batches have their size; beyond it is 413")
  func sizes() throws {
    var intake = try BatchIntake(contentType: formType, digest: BatchIntakeTests.digest)
    try intake.feed(Array("--X\r\nContent-Disposition: form-data; name=file; filename=big\r\n\r\n".utf8))
    var refused: BatchFailure?
    let piece = [UInt8](repeating: 0x41, count: 1 << 20)
    for _ in 0..<12 where refused == nil {
      do throws(BatchFailure) { try intake.feed(piece) } catch { refused = error }
    }
    #expect(refused?.status == 413 && refused?.code == "payload_too_large")
    var lines = try BatchIntake(contentType: "application/x-ndjson", digest: BatchIntakeTests.digest)
    refused = nil
    for _ in 0..<6 where refused == nil {
      do throws(BatchFailure) { try lines.feed(piece) } catch { refused = error }
    }
    #expect(refused?.status == 413)
  }

  @Test("Media types by file name")
  func mediaTypes() {
    #expect(MediaType(fileName: "x.pdf") == .document && MediaType(fileName: "x") == .document)
    #expect(MediaType(fileName: "x.y.JPG") == .image && MediaType(fileName: "x.mov") == .video)
    #expect(MediaType(fileName: "x.m4a") == .audio && MediaType(fileName: "x.glb") == .model3D)
  }
}
