package import PipelineModel

/// Every key kind of the product. Integers are big endian, so that keys order as numbers do.
///
/// Family `log`: `first offset u64` → one packed group (InputLog). Family `base`, by first byte:
/// | prefix | key after it | value | owner |
/// |---|---|---|---|
/// | `m` | name | meta rows: log id, program, format version | PipelineRuntime |
/// | `i` | incarnation 16 | incarnation row | PipelineRuntime |
/// | `e` | endpoint u32 | endpoint row: name, table, format, counters | Ingress |
/// | `j` | step u64 | journal row | StepEngine |
/// | `r` | – | steps reserved u64 | StepEngine |
/// | `s` | end offset u64 | step u64, NOW() i64 (offset → step index) | StepEngine writes, Completion reads |
/// | `p` | stage u64, part u32 | staged part of a large body | InputLog |
/// | `x` | offset u64, sequence u32 | dead letters: rejected rows of an ingest, failed records | Ingress |
/// | `o` | sink name | sink cursor | Outputs |
/// | `k` | idempotency key | answer to the request with it | Ingress |
/// | `K` | time u64, idempotency key | – (keys by age) | Ingress |
/// | `w` | webhook id 16 | webhook with its attempts | Deliveries |
/// | `c` | checkpoint id 16 | checkpoint manifest | Checkpoints |
/// | `d` | source name | source resume row | Ingress |
/// | `t` | transaction u64 | transaction row: start, commit, step | StepEngine |
/// | `D` | offset u64 | step u64 in which the record died; its letter is in `x` | StepEngine, read by Completion |
/// | `f` | – | the step that failed and ended a life | StepEngine |
/// | `E` | end offset u64 | first offset u64, rows of the step in the error view u64 | StepEngine, read by Completion |
/// | `l` | end offset u64 | wall time i64, bytes since the one before it u64: marks of age and size | InputLog |
/// | `P` | pipeline name (server catalog only) | pipeline descriptor | PipelineRuntime |
/// | `Q` | project id 16 (key store only) | project | AccessControl |
/// | `A` | API key id 16 (key store only) | API key: its hash, never the key | AccessControl |
package enum KeySpace: UInt8, Sendable {
  case meta = 0x6D
  case incarnation = 0x69
  case endpoint = 0x65
  case journal = 0x6A
  case stepsReserved = 0x72
  case stepIndex = 0x73
  case stagedPart = 0x70
  case rejectedRow = 0x78
  case sinkCursor = 0x6F
  case idempotency = 0x6B
  case idempotencyAge = 0x4B
  case webhook = 0x77
  case checkpoint = 0x63
  case sourceResume = 0x64
  case transaction = 0x74
  case deadRecord = 0x44
  case failedStep = 0x66
  case viewErrors = 0x45
  case logMark = 0x6C
  case catalog = 0x50
  case project = 0x51
  case apiKey = 0x41

  /// The key of this kind with the given rest.
  package func key(_ rest: [UInt8] = []) -> [UInt8] { [rawValue] + rest }
  package func key(_ number: UInt64) -> [UInt8] { [rawValue] + KeySpace.bigEndian(number) }
  package func key(_ number: UInt32) -> [UInt8] {
    [rawValue] + KeySpace.bigEndian(UInt64(number)).dropFirst(4)
  }
  package func key(_ id: UniqueID) -> [UInt8] { [rawValue] + id.bytes }
  package func key(_ name: String) -> [UInt8] { [rawValue] + Array(name.utf8) }

  /// First key behind all of this kind.
  package var end: [UInt8] { [rawValue + 1] }

  package static func bigEndian(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
  }

  /// The number in the 8 bytes from `start`; nil when the key is shorter.
  package static func number(_ key: [UInt8], at start: Int) -> UInt64? {
    guard start >= 0, key.count >= start + 8 else { return nil }
    return key[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
