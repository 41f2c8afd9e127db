package import PipelineModel
package import Platform
import Synchronization

/// The step that the process takes right now, so that one which ends the process is known when it comes again.
///
/// A small file that is not synced: it outlives the process, which is what counts, not the machine. Layout (big
/// endian): first offset u64, end offset u64, traps u32 (how often the process ended with a trap in a step that began
/// there), running u8, CRC-32C u32 of all before it. One owner: the step thread, and before it whoever opens the life.
package final class StepMark: Sendable {
  package struct Facts: Hashable, Sendable {
    package var range: OffsetRange
    package var traps: UInt32
    package var isRunning: Bool

    package init(range: OffsetRange, traps: UInt32, isRunning: Bool) {
      self.range = range
      self.traps = traps
      self.isRunning = isRunning
    }
  }

  /// So many traps in steps that begin at one offset are no accident.
  package static let trapsMax: UInt32 = 2

  private let file: Mutex<AppendFile>
  private let facts: Mutex<Facts>

  /// Opens or creates the mark of a pipeline. `trapped`: the process before this one ended with a trap.
  package init(path: String, trapped: Bool) throws(FileError) {
    let file = try AppendFile.open(path, create: true)
    var facts = Facts(range: .empty(at: .zero), traps: 0, isRunning: false)
    if let found = StepMark.decode(try file.read(at: 0, count: StepMark.length)), trapped {
      facts = found
      if found.isRunning { facts.traps = found.traps &+ 1 }
      facts.isRunning = false
    }
    self.file = Mutex(file)
    self.facts = Mutex(facts)
    write(facts)
  }

  package var current: Facts { facts.withLock { $0 } }

  /// The step that ends the process, when it has done so too often.
  package var poison: OffsetRange? {
    let facts = current
    return facts.traps >= StepMark.trapsMax ? facts.range : nil
  }

  /// Traps that were told of are forgotten.
  package func forget() { change { $0.traps = 0 } }

  package func begin(_ range: OffsetRange) {
    change { facts in
      if facts.range.first != range.first { facts.traps = 0 }
      facts.range = range
      facts.isRunning = true
    }
  }

  package func end() { change { $0.isRunning = false } }

  private func change(_ body: (inout Facts) -> Void) {
    let changed = facts.withLock { facts in
      body(&facts)
      return facts
    }
    write(changed)
  }

  /// A failure only makes the mark blind.
  private func write(_ facts: Facts) {
    var writer = ByteWriter(reserving: StepMark.length)
    writer.write(facts.range.first.rawValue)
    writer.write(facts.range.end.rawValue)
    writer.write(facts.traps)
    writer.write(UInt8(facts.isRunning ? 1 : 0))
    writer.write(Checksum.crc32c(writer.bytes))
    file.withLock { file in
      do throws(FileError) { try file.overwrite(at: 0, writer.bytes) } catch {}
    }
  }

  private static let length = 25

  private static func decode(_ bytes: [UInt8]) -> Facts? {
    do throws(ByteReaderError) {
      var reader = ByteReader(bytes)
      let first = Offset(try reader.readUInt64())
      let end = Offset(try reader.readUInt64())
      let traps = try reader.readUInt32()
      let running = try reader.readUInt8()
      let sum = try reader.readUInt32()
      guard sum == Checksum.crc32c(bytes.dropLast(4)), let range = OffsetRange(first: first, end: end) else {
        return nil
      }
      return Facts(range: range, traps: traps, isRunning: running == 1)
    } catch { return nil }
  }
}
