package import PipelineModel

/// One immutable batch of state, encoded only when it is written.
package struct CheckpointBatch: Sendable {
  /// Unique in this process: the same key means the same bytes.
  package let key: UInt64
  package let encode: @Sendable () -> [UInt8]

  package init(key: UInt64, encode: @escaping @Sendable () -> [UInt8]) {
    self.key = key
    self.encode = encode
  }
}

/// The complete state after a step, to be written.
package struct CheckpointContent: Sendable {
  package let steps: StepCount
  package let end: Offset
  package let processedRecords: UInt64
  package let fingerprint: [UInt8]
  /// The order of batches is part of the state.
  package let traces: [(id: String, batches: [CheckpointBatch])]
  package let sections: [(name: String, bytes: [UInt8])]

  package init(
    steps: StepCount, end: Offset, processedRecords: UInt64, fingerprint: [UInt8],
    traces: [(id: String, batches: [CheckpointBatch])], sections: [(name: String, bytes: [UInt8])]
  ) {
    self.steps = steps
    self.end = end
    self.processedRecords = processedRecords
    self.fingerprint = fingerprint
    self.traces = traces
    self.sections = sections
  }
}

/// The state read back.
package struct RestoredCheckpoint: Sendable {
  package struct Batch: Sendable {
    package let ref: BatchRef
    package let bytes: [UInt8]
  }
  package let traces: [(id: String, batches: [Batch])]
  package let sections: [(name: String, bytes: [UInt8])]
}

/// Where bytes of a checkpoint lie: a part of one data file.
package struct BatchRef: Hashable, Sendable {
  /// Name in the checkpoint directory.
  package let file: String
  package let offset: UInt64
  package let length: UInt64
  package let crc32c: UInt32

  package init(file: String, offset: UInt64, length: UInt64, crc32c: UInt32) {
    self.file = file
    self.offset = offset
    self.length = length
    self.crc32c = crc32c
  }
}
