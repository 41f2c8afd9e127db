import PipelineModel
import StepEngine
import Synchronization

/// Bytes that went through the steps; records need no counters, because offsets count them.
final class TrafficCounters: Sendable {
  private let processed: Mutex<UInt64>

  /// Continues from a checkpoint's section; nil: from 0.
  init(restoring section: [UInt8]?) {
    let bytes = section.map { $0.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } } ?? 0
    processed = Mutex(bytes)
  }

  static let sectionName = "traffic"

  var processedBytes: UInt64 { processed.withLock { $0 } }

  func add(_ facts: StepFacts) {
    let bytes = facts.endpoints.reduce(UInt64(0)) { $0 &+ $1.inputBytes }
    processed.withLock { $0 &+= bytes }
  }

  var section: StateSection {
    let value = processedBytes
    return StateSection(
      name: TrafficCounters.sectionName,
      bytes: (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) })
  }
}
