import Platform

/// The data file of one checkpoint while its parts are written, and what else the checkpoint names.
struct CheckpointFile {
  let file: SharedFile
  private(set) var length: UInt64 = 0
  /// Bytes that are not in the file yet.
  private var pending: [UInt8] = []
  /// Runs that were written here, to be told where.
  private(set) var written: [(batch: CheckpointBatch, part: StoredPart)] = []
  /// Files that hold other runs of the checkpoint.
  private(set) var others: [SharedFile] = []

  init(_ file: SharedFile) { self.file = file }

  /// Where the run lies: in another file, or appended to this one.
  mutating func place(_ batch: CheckpointBatch) throws(CheckpointError) -> BatchRef {
    if let part = batch.stored() {
      if others.last !== part.file { others.append(part.file) }
      return part.ref
    }
    let offset = length
    let crc = try batch.write { bytes throws(CheckpointError) in try add(bytes) }
    let ref = BatchRef(file: file.name, offset: offset, length: length - offset, crc32c: crc)
    written.append((batch, StoredPart(file: file, ref: ref)))
    return ref
  }

  mutating func append(_ part: [UInt8]) throws(CheckpointError) -> BatchRef {
    let ref = BatchRef(
      file: file.name, offset: length, length: UInt64(part.count), crc32c: Checksum.crc32c(part))
    try add(part)
    return ref
  }

  private mutating func add(_ bytes: [UInt8]) throws(CheckpointError) {
    length += UInt64(bytes.count)
    pending += bytes
    if pending.count >= Limits.stateWriteBytes { try write() }
  }

  private mutating func write() throws(CheckpointError) {
    do { try file.append(pending) } catch { throw CheckpointError(.io, error.description) }
    pending.removeAll(keepingCapacity: true)
  }

  /// Makes this file and the others durable.
  mutating func finish() throws(CheckpointError) {
    try write()
    do throws(FileError) {
      try file.sync()
      for other in others { try other.sync() }
    } catch { throw CheckpointError(.io, error.description) }
  }
}
