package import WireTypes
package import Workflows

/// What a batch is asked for: fields of a form, members of a body or parameters, over those of
/// `batch_options`.
package struct BatchSettings: Sendable, Equatable {
  package private(set) var name: String?
  package private(set) var collection: String?
  package private(set) var forcesOverwrite: Bool?
  package private(set) var maxConcurrent: Int?
  package private(set) var priority: BatchPriority?
  package private(set) var timeoutSeconds: Int?
  package private(set) var isNotifying: Bool?

  package static let names: Set<String> = [
    "batch_name", "collection_id", "force_overwrite", "max_concurrent", "priority", "timeout",
    "notification_enabled",
  ]

  package init() {}

  /// Takes one setting; names that are none are passed over.
  package mutating func take(_ name: String, _ value: JSONValue) throws(BatchFailure) {
    func invalid(_ text: String) -> BatchFailure {
      .invalid("Invalid parameter: \(name)", "\(name) must be \(text)")
    }
    if value.isNull { return }
    switch name {
    case "batch_name":
      guard let text = value.stringValue, (1...255).contains(text.utf8.count) else {
        throw invalid("a text of 1 to 255 bytes")
      }
      self.name = text
    case "collection_id":
      guard let text = value.stringValue, BatchSettings.isCollection(text) else {
        throw invalid("1 to 64 letters, digits, '-', '_' or '.'")
      }
      collection = text
    case "force_overwrite", "notification_enabled":
      guard let flag = value.boolValue ?? value.stringValue.flatMap(BatchQuery.flag) else {
        throw invalid("a boolean")
      }
      if name == "force_overwrite" { forcesOverwrite = flag } else { isNotifying = flag }
    case "max_concurrent":
      guard let count = BatchSettings.integer(value), (1...1000).contains(count) else {
        throw invalid("an integer from 1 to 1000")
      }
      maxConcurrent = count
    case "timeout":
      guard let seconds = BatchSettings.integer(value), (1...2_592_000).contains(seconds) else {
        throw invalid("1 to 2592000 seconds")
      }
      timeoutSeconds = seconds
    case "priority":
      guard let priority = value.stringValue.flatMap({ BatchPriority(rawValue: $0.lowercased()) }) else {
        throw invalid("low, normal or high")
      }
      self.priority = priority
    default: break
    }
  }

  /// `batch_options`: an object, or the text of one.
  package init(options value: JSONValue) throws(BatchFailure) {
    var object = value
    if let text = value.stringValue {
      do { object = try JSONValue(parsing: text) } catch {
        throw .invalid("Invalid parameter: batch_options", "batch_options is not JSON: \(error.message)")
      }
    }
    if object.isNull { return }
    guard let members = object.members else {
      throw .invalid(
        "Invalid parameter: batch_options", "batch_options must be a JSON object, not \(object.kind)")
    }
    for member in members { try take(member.name, member.value) }
  }

  private static func integer(_ value: JSONValue) -> Int? {
    (value.integerValue ?? value.stringValue.flatMap { Int64($0) }).map { Int($0) }
  }

  private static func isCollection(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || byte == 0x2D || byte == 0x5F || byte == 0x2E
      }
  }

  /// What is said here, else what `others` say.
  package func over(_ others: BatchSettings) -> BatchSettings {
    var both = self
    both.name = name ?? others.name
    both.collection = collection ?? others.collection
    both.forcesOverwrite = forcesOverwrite ?? others.forcesOverwrite
    both.maxConcurrent = maxConcurrent ?? others.maxConcurrent
    both.priority = priority ?? others.priority
    both.timeoutSeconds = timeoutSeconds ?? others.timeoutSeconds
    both.isNotifying = isNotifying ?? others.isNotifying
    return both
  }

  package func configuration(name fallback: String, total: Int) -> BatchConfiguration {
    var configuration = BatchConfiguration(name: name ?? fallback)
    configuration.collection = collection ?? configuration.collection
    configuration.forcesOverwrite = forcesOverwrite ?? false
    configuration.maxConcurrent = maxConcurrent ?? configuration.maxConcurrent
    configuration.priority = priority ?? configuration.priority
    configuration.timeoutSeconds = timeoutSeconds ?? configuration.timeoutSeconds
    configuration.isNotifying = isNotifying ?? false
    configuration.total = total
    return configuration
  }
}
