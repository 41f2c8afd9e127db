import DataModel

/// Member names as they stand in the text, `"name":`, with the column each means, and which one followed which
/// the last time: in a stream of like records the next key is guessed and only compared.
///
/// A pure memory of `RowPlan.find`: what it does not know is looked up there and learned.
struct KeyTable: Sendable {
  struct Entry: Sendable {
    /// The first sixteen bytes and which of them count.
    let first: UInt64
    let firstMask: UInt64
    let second: UInt64
    let secondMask: UInt64
    /// Bytes with quotes and colon.
    let length: Int
    /// Where the bytes from the 17th on lie in `rest`, as words.
    let rest: Int
    /// -1 when no column has the name.
    let column: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var rest: [UInt64] = []
  /// The entry most likely to begin a record, then for each entry the one to follow it.
  var successors: [Int] = [0]

  private static let entriesMax = 256
  private static let nameBytesMax = 128

  init(_ plan: RowPlan) {
    for column in plan.columns.indices {
      let start = plan.columns[column].nameStart
      learn(plan.names.span, start..<start + plan.columns[column].nameLength,
        plan.columns[column].isSkipped ? -1 : column)
    }
    successors = [0] + entries.indices.map { $0 + 1 < entries.count ? $0 + 1 : 0 }
  }

  /// Remembers the column of a name. Names that need escapes, overlong ones and ones beyond a bound are left out.
  mutating func learn(_ text: Span<UInt8>, _ range: Range<Int>, _ column: Int) {
    guard entries.count < KeyTable.entriesMax, range.count <= KeyTable.nameBytesMax else { return }
    var name: [UInt8] = []
    ByteKernels.append(text, range, to: &name)
    guard !name.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }) else { return }
    let key = [0x22] + name + [0x22, 0x3A]
    let words = stride(from: 0, to: key.count, by: 8).map { TextKernels.word(key.span, at: $0) }
    guard !isKnown(words, key.count) else { return }
    entries.append(
      Entry(
        first: words[0], firstMask: KeyTable.mask(key.count), second: words.count > 1 ? words[1] : 0,
        secondMask: KeyTable.mask(key.count - 8), length: key.count, rest: rest.count, column: column))
    rest += words.dropFirst(2)
    successors.append(0)
  }

  private func isKnown(_ words: [UInt64], _ length: Int) -> Bool {
    entries.contains { entry in
      entry.length == length && entry.first == words[0] && (words.count < 2 || entry.second == words[1])
        && rest[entry.rest..<entry.rest + max(0, words.count - 2)].elementsEqual(words.dropFirst(2))
    }
  }

  /// Of a word of which `count` bytes, or all, belong to a key.
  static func mask(_ count: Int) -> UInt64 {
    count >= 8 ? ~0 : count <= 0 ? 0 : (1 << UInt64(8 * count)) - 1
  }
}
