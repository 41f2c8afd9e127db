import Platform

/// The bytes of one checkpoint's data file while they are gathered.
struct CheckpointFile {
  let name: String
  private(set) var bytes: [UInt8] = []
  /// Where the batches of this process lie, those of this file included.
  private(set) var written: [UInt64: BatchRef]

  init(name: String, written: [UInt64: BatchRef]) {
    self.name = name
    self.written = written
  }

  static let suffix = ".data"

  /// Where the batch lies: in an older file, or appended to this one.
  mutating func place(_ batch: CheckpointBatch) -> BatchRef {
    if let ref = written[batch.key] { return ref }
    let ref = append(batch.encode())
    written[batch.key] = ref
    return ref
  }

  mutating func append(_ part: [UInt8]) -> BatchRef {
    let ref = BatchRef(
      file: name, offset: UInt64(bytes.count), length: UInt64(part.count), crc32c: Checksum.crc32c(part))
    bytes += part
    return ref
  }
}
