package import PipelineModel
package import Platform
import Synchronization

/// The log's own memory of its durable end, so that a store which recovers less is noticed.
///
/// Two slots of 64 bytes, written in turn and in place: a torn write spoils only the newer one. Slot: magic
/// u32 "TMWM", durable end u64, crc32c u32. Written after a group is durable, so never ahead of the log.
/// Thread-safe; calls block.
package final class WatermarkFile: Sendable {
  private struct State: ~Copyable {
    var file: AppendFile
    var slot = 0
    var end: Offset
    var dirty = false
  }

  private let state: Mutex<State>
  private static let magic: UInt32 = 0x544D_574D
  private static let slotLength = 64

  /// Opens or creates the file, durably. Errors: `storage`, and `corrupt` when neither slot is whole.
  package init(path: String, fileSystem: any FileSystem) throws(LogError) {
    let end = try WatermarkFile.read(path, fileSystem)
    do throws(FileError) {
      let file = try AppendFile.open(path, create: true)
      try file.fdatasync()
      try fileSystem.syncDirectory(WatermarkFile.directory(of: path))
      // The first write goes to the slot that does not hold the newest end.
      let slot = try WatermarkFile.newestSlot(fileSystem.read(path)).map { 1 - $0.index } ?? 0
      state = Mutex(State(file: file, slot: slot, end: end ?? .zero))
    } catch { throw LogError(.storage, error.description) }
  }

  /// Not synced. An end at or below the last one is ignored.
  package func write(_ end: Offset) throws(LogError) {
    try state.withLock { state throws(LogError) in
      guard end > state.end else { return }
      var writer = ByteWriter(reserving: 16)
      writer.write(WatermarkFile.magic)
      writer.write(end.rawValue)
      writer.write(Checksum.crc32c(writer.bytes))
      do throws(FileError) {
        try state.file.overwrite(at: UInt64(state.slot * WatermarkFile.slotLength), writer.bytes)
      } catch { throw LogError(.storage, error.description) }
      state.slot = 1 - state.slot
      state.end = end
      state.dirty = true
    }
  }

  /// Makes the last written end durable.
  package func sync() throws(LogError) {
    try state.withLock { state throws(LogError) in
      guard state.dirty else { return }
      do throws(FileError) { try state.file.fdatasync() } catch {
        throw LogError(.storage, error.description)
      }
      state.dirty = false
    }
  }

  /// Whether something was written since the last sync.
  package var isDirty: Bool { state.withLock { $0.dirty } }

  /// The greatest end in the file; nil when it is missing or was never written.
  package static func read(_ path: String, _ fileSystem: any FileSystem) throws(LogError) -> Offset? {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try fileSystem.read(path) } catch {
      if error.code == .notFound { return nil }
      throw LogError(.storage, error.description)
    }
    if let newest = newestSlot(bytes) { return newest.end }
    guard bytes.allSatisfy({ $0 == 0 }) else {
      throw LogError(.corrupt, "watermark file is damaged path=\(path)")
    }
    return nil
  }

  private static func newestSlot(_ bytes: [UInt8]) -> (index: Int, end: Offset)? {
    let ends = (0...1).map { index in slotEnd(bytes, at: index * slotLength) }
    switch (ends[0], ends[1]) {
    case (.some(let left), .some(let right)): return left > right ? (0, left) : (1, right)
    case (.some(let left), nil): return (0, left)
    case (nil, .some(let right)): return (1, right)
    case (nil, nil): return nil
    }
  }

  private static func slotEnd(_ bytes: [UInt8], at start: Int) -> Offset? {
    guard bytes.count >= start + 16 else { return nil }
    var reader = ByteReader(bytes, from: start)
    guard let found = try? reader.readUInt32(), found == magic, let end = try? reader.readUInt64(),
      let sum = try? reader.readUInt32(), sum == Checksum.crc32c(bytes[start..<start + 12])
    else { return nil }
    return Offset(end)
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
