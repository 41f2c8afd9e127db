import Checkpoints
import PipelineModel
import Platform

/// The state of a made-up circuit: traces as lists of immutable batches, changed at random as a spine changes.
struct StateModel {
  struct Batch: Hashable {
    var key: UInt64
    let bytes: [UInt8]
  }

  var traces: [[Batch]] = [[], [], []]
  var section: [UInt8] = []
  var steps: UInt64 = 0
  private var nextKey: UInt64 = 1
  private let random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  /// One more step: batches come, some merge. Returns the bytes that are new.
  mutating func change() -> Int {
    steps += 1
    var added = 0
    for index in traces.indices where random.next(below: 3) > 0 {
      if traces[index].count > 3, random.next(below: 2) == 0 {
        let merged = traces[index][1...2].flatMap(\.bytes)
        traces[index].replaceSubrange(1...2, with: [make(merged)])
        added += merged.count
      }
      let bytes = random.bytes(Int(random.next(below: 200)))
      traces[index].append(make(bytes))
      added += bytes.count
    }
    section = random.bytes(Int(random.next(below: 50)))
    return added + section.count
  }

  var sizeBytes: Int { traces.joined().reduce(section.count) { $0 + $1.bytes.count } }

  private mutating func make(_ bytes: [UInt8]) -> Batch {
    nextKey += 1
    return Batch(key: nextKey, bytes: bytes)
  }

  /// As after a restore: the same bytes under new keys, made known to the store.
  mutating func restart(_ restored: RestoredCheckpoint, adoptedBy store: CheckpointStore) {
    for (index, trace) in restored.traces.enumerated() {
      traces[index] = []
      for batch in trace.batches {
        let made = make(batch.bytes)
        store.adopt(key: made.key, ref: batch.ref)
        traces[index].append(made)
      }
    }
  }

  var content: CheckpointContent {
    CheckpointContent(
      steps: StepCount(steps), end: Offset(steps * 10), processedRecords: steps * 10, fingerprint: [1, 2, 3],
      traces: traces.enumerated().map { index, batches in
        (
          id: "trace\(index)",
          batches: batches.map { batch in CheckpointBatch(key: batch.key, encode: { batch.bytes }) }
        )
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
  init(_ restored: RestoredCheckpoint) {
    traces = restored.traces.map { $0.batches.map(\.bytes) }
    sections = Dictionary(restored.sections.map { ($0.name, $0.bytes) }, uniquingKeysWith: { $1 })
  }
}
