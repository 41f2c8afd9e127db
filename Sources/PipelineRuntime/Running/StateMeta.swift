import PipelineModel
import Platform
import StorageAPI

/// Whose state a store holds: rows of the prefix `meta`.
struct StateMeta {
  let log: LogID
  /// Fingerprint of the program whose state it is.
  let program: [UInt8]
  /// Its text; nil in a store that no build has opened which keeps it.
  let programCode: String?
  let initialStart: WallTime

  enum Key {
    static let format = KeySpace.meta.key("format")
    static let log = KeySpace.meta.key("log")
    static let program = KeySpace.meta.key("program")
    static let programCode = KeySpace.meta.key("program_code")
    static let initialStart = KeySpace.meta.key("initial_start")
  }

  /// The log's identity is there, but of a format that this version does not know.
  struct UnknownFormat: Error {}

  /// Nil for a store without a log. Errors: `UnknownFormat`, and those of the store.
  static func read(from store: any OrderedStore) throws -> StateMeta? {
    guard let bytes = try store.get(.base, Key.log) else { return nil }
    guard try store.get(.base, Key.format) == [1], let id = UniqueID(bytes: bytes),
      let program = try store.get(.base, Key.program)
    else { throw UnknownFormat() }
    let start = try store.get(.base, Key.initialStart).flatMap { KeySpace.number($0, at: 0) } ?? 0
    let code = try store.get(.base, Key.programCode)
    return StateMeta(
      log: LogID(id), program: program, programCode: code.map { String(decoding: $0, as: UTF8.self) },
      initialStart: WallTime(microseconds: Int64(bitPattern: start)))
  }

  static func put(_ program: [UInt8], _ code: String, in batch: inout WriteBatch) {
    batch.put(Key.program, program)
    batch.put(Key.programCode, Array(code.utf8))
  }
}
