import PipelineModel
import Platform
import StorageAPI

/// Whose state a store holds: rows of the prefix `meta`.
struct StateMeta {
  /// The version of all rows that have none of their own. 1: the row that finds a step by offset had no NOW() at
  /// first, and no text of the program was kept. 2: the log may be cut.
  static let currentFormat: UInt8 = 2

  let format: UInt8
  let log: LogID
  /// Fingerprint of the program whose state it is.
  let program: [UInt8]
  /// Its text; nil in a store that no build has opened which keeps it.
  let programCode: String?
  let initialStart: WallTime
  /// Checkpoints up to this sequence were taken before the program was changed last: also those of the same program
  /// must not be taken again, since the log behind them was another one's. Nil when it never changed, or not since
  /// this is kept.
  let changedAfter: UInt64?

  enum Key {
    static let format = KeySpace.meta.key("format")
    static let log = KeySpace.meta.key("log")
    static let program = KeySpace.meta.key("program")
    static let programCode = KeySpace.meta.key("program_code")
    static let initialStart = KeySpace.meta.key("initial_start")
    static let changedAfter = KeySpace.meta.key("changed_after")
  }

  /// The log's identity is there, but of a format that this version does not know.
  struct UnknownFormat: Error, CustomStringConvertible {
    /// Nil for a store that does not say.
    let version: UInt8?
    var description: String {
      guard let version else { return "it does not say what format it has" }
      return "its rows have format \(version), which a newer tidemark wrote, and this one knows formats 1 to "
        + "\(StateMeta.currentFormat): start that version, or restore a backup that this one has made"
    }
  }

  /// The format is known, but not whose state it is.
  struct DamagedIdentity: Error, CustomStringConvertible {
    var description: String { "its identity rows (log id, program) are damaged: restore it from a backup" }
  }

  /// Nil for a store without a log. Errors: `UnknownFormat`, `DamagedIdentity`, and those of the store.
  static func read(from store: any OrderedStore) throws -> StateMeta? {
    guard let bytes = try store.get(.base, Key.log) else { return nil }
    let formats = try store.get(.base, Key.format)
    guard let format = formats?.first, formats?.count == 1, (1...currentFormat).contains(format) else {
      throw UnknownFormat(version: formats?.first.flatMap { $0 > currentFormat ? $0 : nil })
    }
    guard let id = UniqueID(bytes: bytes), let program = try store.get(.base, Key.program) else {
      throw DamagedIdentity()
    }
    let start = try store.get(.base, Key.initialStart).flatMap { KeySpace.number($0, at: 0) } ?? 0
    let code = try store.get(.base, Key.programCode)
    let changed = try store.get(.base, Key.changedAfter).flatMap { KeySpace.number($0, at: 0) }
    return StateMeta(
      format: format, log: LogID(id), program: program, programCode: code.map { String(decoding: $0, as: UTF8.self) },
      initialStart: WallTime(microseconds: Int64(bitPattern: start)), changedAfter: changed)
  }

  static func put(_ program: [UInt8], _ code: String, in batch: inout WriteBatch) {
    batch.put(Key.program, program)
    batch.put(Key.programCode, Array(code.utf8))
  }

  /// Another program's state takes the place of that in the checkpoint of this sequence.
  static func put(changedAfter sequence: UInt64, in batch: inout WriteBatch) {
    batch.put(Key.changedAfter, KeySpace.bigEndian(sequence))
  }
}
