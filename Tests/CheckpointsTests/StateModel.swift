import Checkpoints
import PipelineModel
import Platform
import Synchronization

/// The state of a made-up circuit: traces as lists of immutable batches, changed at random as a spine changes.
struct StateModel {
  final class Batch: Sendable {
    let bytes: [UInt8]
    /// Where it lies, once it was written.
    private let home: Mutex<StoredPart?>

    init(_ bytes: [UInt8], home: StoredPart? = nil) {
      self.bytes = bytes
      self.home = Mutex(home)
    }

    /// In pieces, as a run is written.
    var content: CheckpointBatch {
      CheckpointBatch(
        stored: { self.home.withLock { $0 } },
        write: { append throws(CheckpointError) in
          for start in stride(from: 0, to: self.bytes.count, by: 64) {
            try append(Array(self.bytes[start..<min(start + 64, self.bytes.count)]))
          }
          return Checksum.crc32c(self.bytes)
        },
        published: { part in self.home.withLock { $0 = part } })
    }
  }

  var traces: [[Batch]] = [[], [], []]
  var section: [UInt8] = []
  var steps: UInt64 = 0
  private let random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// One more step: batches come, some merge. Returns the bytes that are new.
  mutating func change() -> Int {
    steps += 1
    var added = 0
    for index in traces.indices where random.next(below: 3) > 0 {
      if traces[index].count > 3, random.next(below: 2) == 0 {
        let merged = traces[index][1...2].flatMap(\.bytes)
        traces[index].replaceSubrange(1...2, with: [Batch(merged)])
        added += merged.count
      }
      let bytes = random.bytes(Int(random.next(below: 200)))
      traces[index].append(Batch(bytes))
      added += bytes.count
    }
    section = random.bytes(Int(random.next(below: 50)))
    return added + section.count
  }

  var sizeBytes: Int { traces.joined().reduce(section.count) { $0 + $1.bytes.count } }

  /// As after a restore: the same bytes, where they lie.
  mutating func restart(_ restored: RestoredCheckpoint) throws {
    for (index, trace) in restored.traces.enumerated() {
      traces[index] = try trace.parts.map { Batch(try $0.bytes(), home: $0) }
    }
  }

  var content: CheckpointContent {
    CheckpointContent(
      steps: StepCount(steps), end: Offset(steps * 10), processedRecords: steps * 10, fingerprint: [1, 2, 3],
      traces: traces.enumerated().map { index, batches in
        (id: "trace\(index)", batches: batches.map(\.content))
      },
      sections: [(name: "sinks", bytes: section), (name: "empty", bytes: [])])
  }

  /// What a checkpoint of now must give back.
  var image: StateImage {
    StateImage(traces: traces.map { $0.map(\.bytes) }, sections: ["sinks": section, "empty": []])
  }
}

/// State without keys and places, to compare.
struct StateImage: Equatable {
  var traces: [[[UInt8]]]
  var sections: [String: [UInt8]]
}

extension StateImage {
  init(_ restored: RestoredCheckpoint) throws {
    traces = try restored.traces.map { try $0.parts.map { try $0.bytes() } }
    sections = Dictionary(restored.sections.map { ($0.name, $0.bytes) }, uniquingKeysWith: { $1 })
  }
}

/// What a reader of runs finds: their own checksums do not fit.
struct DamagedRun: Error {}

extension StoredPart {
  func bytes() throws -> [UInt8] {
    let bytes = try file.read(offset: ref.offset, length: Int(ref.length))
    guard bytes.count == Int(ref.length), Checksum.crc32c(bytes) == ref.crc32c else { throw DamagedRun() }
    return bytes
  }
}
