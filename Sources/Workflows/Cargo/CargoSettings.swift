package import WireTypes

/// When cargo becomes a batch, how its provider is tried, and how its callbacks are.
package struct CargoSettings: Sendable, Equatable {
  /// A batch is made when so many wait for one model,
  package var batchItemsMax = 100
  /// or when the oldest waits for so long.
  package var batchAgeSeconds = 2.0
  /// Calls of a provider that fails as a whole.
  package var triesMax = 5
  package var retrySeconds = 5.0
  package var retryFactor = 2.0
  package var retrySecondsMax = 300.0
  /// Batches of one model with the provider at once.
  package var callsMax = 8
  package var callbacks = CallbackSchedule()

  package init() {}

  package struct Fault: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// The object `cargo` of the configuration file.
  package init(json: JSONValue) throws(Fault) {
    guard let members = json.members else { throw Fault(description: "'cargo' must be an object") }
    for member in members {
      switch member.name {
      case "batch_items_max": batchItemsMax = Int(try CargoSettings.number(member, 1...10_000))
      case "batch_age_secs": batchAgeSeconds = try CargoSettings.number(member, 0...86_400)
      case "provider_tries_max": triesMax = Int(try CargoSettings.number(member, 1...100))
      case "provider_retry_secs": retrySeconds = try CargoSettings.number(member, 0...3600)
      case "provider_calls_max": callsMax = Int(try CargoSettings.number(member, 1...1000))
      case "callback_timeout_secs": callbacks.timeoutSeconds = try CargoSettings.number(member, 0.01...300)
      case "callback_delays_secs":
        callbacks.delaysSeconds = []
        for element in member.value.elements ?? [] {
          callbacks.delaysSeconds.append(
            try CargoSettings.number(JSONMember(member.name, element), 0...604_800))
        }
        guard (1...50).contains(callbacks.delaysSeconds.count) else {
          throw Fault(description: "'cargo.callback_delays_secs' must be a list of 1 to 50 numbers")
        }
      default: throw Fault(description: "'cargo.\(member.name)' is no setting")
      }
    }
  }

  private static func number(_ member: JSONMember, _ range: ClosedRange<Double>) throws(Fault) -> Double {
    guard let value = member.value.doubleValue, range.contains(value) else {
      throw Fault(
        description: "'cargo.\(member.name)' must be \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Seconds before the next call, after `tries` that failed; nil when there will be none.
  package func retryDelay(after tries: Int, isRetryable: Bool, retryAfterSeconds: Int?) -> Double? {
    guard isRetryable, tries < triesMax else { return nil }
    var delay = retrySeconds
    for _ in 1..<max(1, tries) where delay < retrySecondsMax { delay *= retryFactor }
    return min(max(delay, Double(retryAfterSeconds ?? 0)), retrySecondsMax)
  }
}
