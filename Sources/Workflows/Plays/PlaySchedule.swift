package import PipelineModel
package import WireTypes

/// When a play runs: `{"type": "cron", "cron": "0 6 * * 1"}`, in UTC, or `{"type": "interval", "seconds": 300}`.
package enum PlaySchedule: Sendable, Hashable {
  case cron(CronExpression)
  case interval(seconds: Int64)

  package static let intervalSecondsMax: Int64 = 31_536_000

  /// Nil when it is none.
  package init?(_ json: JSONValue) {
    switch json["type"]?.stringValue {
    case "cron":
      guard let text = json["cron"]?.stringValue, let cron = CronExpression(text) else { return nil }
      self = .cron(cron)
    case "interval":
      guard let seconds = json["seconds"]?.integerValue, (1...PlaySchedule.intervalSecondsMax).contains(seconds) else {
        return nil
      }
      self = .interval(seconds: seconds)
    default: return nil
    }
  }

  package var json: JSONValue {
    switch self {
    case .cron(let cron): ["type": "cron", "cron": .string(cron.text)]
    case .interval(let seconds): ["type": "interval", "seconds": .integer(seconds)]
    }
  }

  /// The first time after this one; nil when there is none.
  package func next(after time: WallTime) -> WallTime? {
    switch self {
    case .cron(let cron): cron.next(after: time)
    case .interval(let seconds): time.after(seconds: Double(seconds))
    }
  }
}
