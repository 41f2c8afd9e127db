package import PipelineModel
package import Platform

/// Where bytes of a checkpoint lie: a part of one file of the checkpoint directory.
package struct BatchRef: Hashable, Sendable {
  /// Name in the checkpoint directory.
  package let file: String
  package let offset: UInt64
  package let length: UInt64
  /// Of the whole part for a section; for a run of a trace of what its writer says, which is the run's footer.
  package let crc32c: UInt32
  /// Rows at the front of a run that are gone.
  package let skippedRows: UInt64

  package init(file: String, offset: UInt64, length: UInt64, crc32c: UInt32, skippedRows: UInt64 = 0) {
    self.file = file
    self.offset = offset
    self.length = length
    self.crc32c = crc32c
    self.skippedRows = skippedRows
  }
}

/// A run that lies in a file of the directory.
package struct StoredPart: Sendable {
  package let file: SharedFile
  package let ref: BatchRef
  package init(file: SharedFile, ref: BatchRef) {
    self.file = file
    self.ref = ref
  }
}

/// One immutable run of state: named where it lies already, written otherwise.
package struct CheckpointBatch: Sendable {
  package typealias Append = ([UInt8]) throws(CheckpointError) -> Void

  /// Where it lies; nil when no file of the directory has it.
  package let stored: @Sendable () -> StoredPart?
  /// Writes it piece by piece; answers the checksum for its reference.
  package let write: @Sendable (_ append: Append) throws(CheckpointError) -> UInt32
  /// Told where it lies, once that is durable and published.
  package let published: @Sendable (StoredPart) -> Void

  package init(
    stored: @escaping @Sendable () -> StoredPart?,
    write: @escaping @Sendable (_ append: Append) throws(CheckpointError) -> UInt32,
    published: @escaping @Sendable (StoredPart) -> Void
  ) {
    self.stored = stored
    self.write = write
    self.published = published
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

/// The state read back: the other stages' sections, and where the runs of the traces lie.
package struct RestoredCheckpoint: Sendable {
  package let traces: [(id: String, parts: [StoredPart])]
  package let sections: [(name: String, bytes: [UInt8])]
}
