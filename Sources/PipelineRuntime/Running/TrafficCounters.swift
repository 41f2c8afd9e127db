import PipelineModel
import StepEngine
import Synchronization

/// Bytes that went through the steps, and changes dropped as late; records need no counters, because offsets
/// count them.
final class TrafficCounters: Sendable {
  private struct Counts {
    var processedBytes: UInt64 = 0
    var lateRecords: UInt64 = 0
  }

  private let counts: Mutex<Counts>

  /// Continues from a checkpoint's section, of which older servers wrote only the first number; nil: from 0.
  init(restoring section: [UInt8]?) {
    let bytes = section ?? []
    let number = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    counts = Mutex(
      Counts(processedBytes: number(bytes.prefix(8)), lateRecords: number(bytes.dropFirst(8).prefix(8))))
  }

  static let sectionName = "traffic"

  var processedBytes: UInt64 { counts.withLock { $0.processedBytes } }
  var lateRecords: UInt64 { counts.withLock { $0.lateRecords } }

  func add(_ facts: StepFacts) {
    let bytes = facts.endpoints.reduce(UInt64(0)) { $0 &+ $1.inputBytes }
    counts.withLock {
      $0.processedBytes &+= bytes
      $0.lateRecords &+= facts.lateRows
    }
  }

  var section: StateSection {
    let now = counts.withLock { $0 }
    return StateSection(
      name: TrafficCounters.sectionName,
      bytes: [now.processedBytes, now.lateRecords].flatMap { value in
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
      })
  }
}
