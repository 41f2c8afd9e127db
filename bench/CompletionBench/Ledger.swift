import ArgumentParser
import Completion
import PipelineModel
import Platform
import RocksStorage
import StorageAPI

struct Ledger: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the rows of steps into a store, opens it as a later life does, and asks for the status of random tokens.")

  @Argument(help: "Directory of the store; must not be there.") var directory: String
  @Option(help: "Steps, of three records each.") var steps: UInt64 = 10_000_000
  @Option(help: "Tokens asked for.") var tokens = 200_000

  private static let recordsPerStep: UInt64 = 3

  func run() throws {
    let clock = SystemClock()
    guard !PosixFileSystem().exists(directory) else { throw ValidationError("\(directory) is there") }
    let began = clock.monotonic()
    let bytes = try fill()
    print(
      "{\"run\":\"ledger fill\",\"steps\":\(steps),\"us_per_step\":\(Self.rounded(clock, began, by: steps)),"
        + "\"store_mb\":\(bytes >> 20)}")
    let store = try RocksStoreOpener().open(directory: directory)
    defer { store.close() }
    let ledger = CompletionLedger(
      store: store, clock: clock, steps: StepCount(steps), processedEnd: Offset(steps * Self.recordsPerStep))
    var random = SplitMix(state: 1)
    // The store's own caches are filled by earlier requests of a server, too.
    _ = try ask(ledger, clock, count: tokens / 10, &random)
    var nanoseconds = try ask(ledger, clock, count: tokens, &random)
    nanoseconds.sort()
    let mean = Double(nanoseconds.reduce(0, +)) / Double(nanoseconds.count) / 1000
    print(
      "{\"run\":\"status direct\",\"steps\":\(steps),\"mean_us\":\((mean * 100).rounded() / 100),"
        + "\"p50_us\":\(Double(nanoseconds[nanoseconds.count / 2]) / 1000),"
        + "\"p99_us\":\(Double(nanoseconds[nanoseconds.count * 99 / 100]) / 1000)}")
  }

  private func fill() throws -> UInt64 {
    let store = try RocksStoreOpener().open(directory: directory)
    defer { store.close() }
    try StepRows(recordsPerStep: Self.recordsPerStep).write(steps, to: store)
    return store.sizeBytes()
  }

  private func ask(
    _ ledger: CompletionLedger, _ clock: SystemClock, count: Int, _ random: inout SplitMix
  ) throws -> [UInt64] {
    var nanoseconds: [UInt64] = []
    nanoseconds.reserveCapacity(count)
    for _ in 0..<count {
      let step = random.next() % steps
      let first = Offset(step * Self.recordsPerStep)
      let range = OffsetRange.clamped(first: first, end: Offset((step + 1) * Self.recordsPerStep))
      let sent = clock.monotonic()
      let status = try ledger.storedStatus(of: range, stepsAtIssue: .zero)
      nanoseconds.append(clock.monotonic().since(sent))
      guard status == .complete(step: StepCount(step + 1)) else {
        throw ValidationError("step \(step): \(status)")
      }
    }
    return nanoseconds
  }

  private static func rounded(_ clock: SystemClock, _ began: MonotonicTime, by count: UInt64) -> Double {
    (Double(clock.monotonic().since(began)) / 10 / Double(max(1, count))).rounded() / 100
  }
}

struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
