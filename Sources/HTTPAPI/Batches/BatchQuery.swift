import WireTypes

/// The parameters of a request of the batch dialect. Clients write booleans in many ways: `True`, `1`.
package struct BatchQuery: Sendable {
  private let query: QueryParameters

  package init(_ query: QueryParameters) { self.query = query }

  package static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "1", "yes", "on": true
    case "false", "0", "no", "off": false
    default: nil
    }
  }

  private func flag(_ name: String, default fallback: Bool) throws(BatchFailure) -> Bool {
    guard let text = query[name], !text.isEmpty else { return fallback }
    guard let flag = BatchQuery.flag(text) else {
      throw .invalid("Invalid parameter: \(name)", "\(name) must be a boolean, not '\(text)'")
    }
    return flag
  }

  private func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws(BatchFailure)
    -> Int
  {
    guard let text = query[name], !text.isEmpty else { return fallback }
    guard let value = Int(text), range.contains(value) else {
      throw .invalid(
        "Invalid parameter: \(name)",
        "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return value
  }

  package func page(size: Int = 100) throws(BatchFailure) -> BatchPage {
    BatchPage(
      number: try integer("page", default: 1, in: 1...1_000_000),
      size: try integer("page_size", default: size, in: 1...BatchPage.sizeMax))
  }

  package func options() throws(BatchFailure) -> BatchBody.Options {
    var options = BatchBody.Options()
    options.includesJobs = try flag("include_job_details", default: false)
    options.onlyMetrics = try flag("metrics_only", default: false)
    options.includesErrors = try flag("include_errors", default: true)
    if let text = query["fields"], !text.isEmpty {
      let fields = text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
      if let unknown = fields.first(where: { !BatchBody.known.contains($0) }) {
        throw .invalid(
          "Invalid field: \(unknown)",
          "fields must be some of " + BatchBody.known.sorted().joined(separator: ", "))
      }
      options.fields = fields
      // Who names a part wants it.
      if fields.contains("job_details") { options.includesJobs = true }
    }
    return options
  }

  /// Statuses of a list; nil for all.
  package func statuses() throws(BatchFailure) -> [String]? {
    guard let text = query["status"], !text.isEmpty else { return nil }
    let known = ["created", "running", "paused", "completed", "failed", "cancelled"]
    let wanted = text.split(separator: ",").map(String.init)
    if let unknown = wanted.first(where: { !known.contains($0) }) {
      throw .invalid("Invalid status: \(unknown)", "status must be one of " + known.joined(separator: ", "))
    }
    return wanted
  }

  /// The id of a batch as the dialect allows it.
  package static func check(id: String) throws(BatchFailure) {
    let isValid =
      !id.isEmpty && id.utf8.count <= 128
      && id.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || byte == 0x2D
      }
    guard isValid else {
      throw .invalid("Invalid batch ID: \(id)", "Batch ID must be alphanumeric with hyphens only")
    }
  }
}
