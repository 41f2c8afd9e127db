import WireTypes

/// How urgent a batch is beside the others of its project.
package enum BatchPriority: String, Sendable, Hashable, CaseIterable {
  case low
  case normal
  case high

  /// Share of the call-outs when they are short.
  var weight: Int {
    switch self {
    case .low: 1
    case .normal: 2
    case .high: 4
    }
  }
}

/// What a batch was asked for: the configuration of its group.
package struct BatchConfiguration: Sendable, Hashable {
  package var name: String
  /// Names the provider that processes the jobs.
  package var collection = "default"
  /// Jobs under way at once.
  package var maxConcurrent = 5
  package var priority = BatchPriority.normal
  /// Seconds of running, pauses left out; then the batch fails.
  package var timeoutSeconds = 3600
  package var isNotifying = false
  /// Whether jobs are processed although one with the same checksum was processed in the collection before.
  package var forcesOverwrite = false
  package var total = 0
  /// Digest of the request that made it under an idempotency key.
  package var requestDigest: String?

  package init(name: String) { self.name = name }

  /// Nil when the text is not of a batch of this dialect.
  package init?(text: String) {
    guard let json = try? JSONValue(parsing: text), let name = json["name"]?.stringValue,
      let collection = json["collection"]?.stringValue
    else { return nil }
    self.init(name: name)
    self.collection = collection
    maxConcurrent = json["max_concurrent"]?.integerValue.map { Int($0) } ?? maxConcurrent
    priority = json["priority"]?.stringValue.flatMap { BatchPriority(rawValue: $0) } ?? priority
    timeoutSeconds = json["timeout"]?.integerValue.map { Int($0) } ?? timeoutSeconds
    isNotifying = json["notification_enabled"]?.boolValue ?? false
    forcesOverwrite = json["force_overwrite"]?.boolValue ?? false
    total = json["total"]?.integerValue.map { Int($0) } ?? 0
    requestDigest = json["request_digest"]?.stringValue
  }

  package var text: String {
    let json: JSONValue = [
      "name": .string(name), "total": .integer(total), "collection": .string(collection),
      "max_concurrent": .integer(maxConcurrent), "priority": .string(priority.rawValue),
      "timeout": .integer(timeoutSeconds), "notification_enabled": .bool(isNotifying),
      "force_overwrite": .bool(forcesOverwrite), "request_digest": .text(requestDigest),
    ]
    return json.encoded
  }
}
