package import DataModel
import Synchronization

/// Immutable, consolidated run of (key, value, weight != 0), sorted by key, then value.
///
/// Key and value lie behind each other as one encoded row: the row codec is order preserving and free of
/// proper prefixes, so one byte comparison orders by (key, value), and the rows of a key are those that
/// begin with it. A batch lies in memory: the form of a delta, of young runs of a trace, and of the blocks of a
/// `StoredRun`.
package final class SortedBatch: Sendable {
  /// Unique in this process; never reused.
  package let id: UInt64
  /// Key bytes, then value bytes, of each row.
  package let rows: ByteColumn
  let keyLengths: [UInt32]
  package let weights: [Int64]
  /// `ByteOrder.prefix` of each row.
  let prefixes: [UInt64]

  /// A batch never grows beyond this, so that its 32-bit offsets hold.
  static let byteLimit = 1 << 30

  /// The same rows in a file, once something has written them.
  private let copy = Mutex<StoredRun?>(nil)

  private static let nextID = Atomic<UInt64>(1)
  /// Ids of batches and stored runs are of one sequence.
  static func makeID() -> UInt64 { nextID.wrappingAdd(1, ordering: .relaxed).oldValue }

  /// The caller vouches for order, consolidation and equal counts.
  init(rows: ByteColumn, keyLengths: [UInt32], weights: [Int64], prefixes: [UInt64]) {
    precondition(rows.count == weights.count && keyLengths.count == weights.count)
    precondition(prefixes.count == weights.count)
    id = Self.makeID()
    self.rows = rows
    self.keyLengths = keyLengths
    self.weights = weights
    self.prefixes = prefixes
  }

  package var count: Int { weights.count }
  package var isEmpty: Bool { weights.isEmpty }
  /// Memory held, in bytes.
  package var sizeBytes: Int { rows.bytes.count + count * 24 }

  /// The first copy stays.
  var stored: StoredRun? {
    get { copy.withLock { $0 } }
    set { copy.withLock { $0 = $0 ?? newValue } }
  }

  /// Byte range of the key of a row inside `rows.bytes`.
  @inline(__always)
  func keyRange(_ row: Int) -> Range<Int> {
    let start = Int(rows.offsets[row])
    return start..<start + Int(keyLengths[row])
  }

  /// Byte range of the value of a row inside `rows.bytes`.
  @inline(__always)
  func valueRange(_ row: Int) -> Range<Int> {
    Int(rows.offsets[row]) + Int(keyLengths[row])..<Int(rows.offsets[row + 1])
  }
}
