import Foundation
import Testing

/// Runs cases of one fuzzer, each from a seed of its own. A trap ends the process: that is the failure.
///
/// A fixed number of cases; with `TIDEMARK_FUZZ_SECONDS` as many as that time holds, from a seed that
/// changes. `TIDEMARK_FUZZ_SEED` is the first seed. The case that runs is kept in a file, so that after a
/// trap it is known.
struct FuzzDriver {
  /// A case that takes longer, also on a busy machine, does not end.
  static let caseSecondsMax = 120

  let name: String
  let cases: Int

  private static let environment = ProcessInfo.processInfo.environment

  /// `make` builds what `run` takes; it is shown when something is wrong.
  func run<Input>(
    _ make: (inout SeededGenerator) -> Input, _ run: (Input, inout SeededGenerator) throws -> Void
  ) {
    let clock = ContinuousClock()
    let seconds = Self.environment["TIDEMARK_FUZZ_SECONDS"].flatMap(Int.init)
    let begin = clock.now
    let fallback =
      seconds == nil ? 1 : UInt64(truncatingIfNeeded: Int(ProcessInfo.processInfo.systemUptime)) << 20
    var seed = Self.environment["TIDEMARK_FUZZ_SEED"].flatMap(UInt64.init) ?? fallback
    let file = NSTemporaryDirectory() + "tidemark-fuzz-" + name
    print("fuzz \(name): first seed \(seed), the running case is in \(file)")
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    let running = FileHandle(forWritingAtPath: file)
    var count = 0
    while seconds.map({ clock.now - begin < .seconds($0) }) ?? (count < cases) {
      var random = SeededGenerator(seed)
      let input = make(&random)
      try? running?.truncate(atOffset: 0)
      try? running?.write(contentsOf: Data("seed \(seed)\n\(input)\n".utf8))
      Self.timed("seed \(seed): \(input)") { try run(input, &random) }
      seed &+= 1
      count += 1
    }
    print("fuzz \(name): \(count) cases in \(clock.now - begin)")
    try? FileManager.default.removeItem(atPath: file)
  }

  /// One case: an error and a long time are issues.
  static func timed(_ input: @autoclosure () -> String, _ run: () throws -> Void) {
    let start = ContinuousClock().now
    do {
      try run()
    } catch {
      Issue.record("\(error) of \(input().prefix(2_000))")
    }
    let time = ContinuousClock().now - start
    if time > .seconds(caseSecondsMax) { Issue.record("took \(time): \(input().prefix(2_000))") }
  }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &self) }
  mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }
  mutating func pick<Element>(_ items: [Element]) -> Element { items[below(items.count)] }
}

/// Bytes with some of them changed, taken away, doubled or exchanged for tokens.
func mutated(_ bytes: [UInt8], tokens: [String], _ random: inout SeededGenerator) -> [UInt8] {
  var bytes = bytes
  for _ in 0...random.below(4) where !bytes.isEmpty {
    let place = random.below(bytes.count)
    switch random.below(6) {
    case 0: bytes[place] = UInt8(random.below(256))
    case 1: bytes[place] ^= 1 << UInt8(random.below(8))
    case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(8)))
    case 3: bytes.insert(contentsOf: Array(random.pick(tokens).utf8), at: place)
    case 4:
      let piece = Array(bytes[place..<min(bytes.count, place + 1 + random.below(40))])
      bytes.insert(contentsOf: piece, at: random.below(bytes.count))
    default:
      let end = min(bytes.count, place + 1 + random.below(12))
      bytes.replaceSubrange(place..<end, with: Array(random.pick(tokens).utf8))
    }
  }
  return bytes
}
