import DataModel

/// Member names as they stand in the text, `"name":`, with the column each means, and which one followed which
/// the last time: in a stream of like records the next key is guessed and only compared.
///
/// A pure memory of `RowPlan.find`: what it does not know is looked up there and learned.
struct KeyTable: Sendable {
  struct Entry: Sendable {
    /// The first eight bytes and which of them count.
    let first: UInt64
    let mask: UInt64
    /// Bytes with quotes and colon.
    let length: Int
    /// Where the bytes from the ninth on lie in `rest`, as words.
    let rest: Int
    /// -1 when no column has the name.
    let column: Int
  }

  private(set) var entries: [Entry] = []
  private var rest: [UInt64] = []
  /// `successors[i + 1]` follows entry i; the first one starts a record.
  private var successors: [Int] = [0]

  private static let entriesMax = 256
  private static let nameBytesMax = 128

  init(_ plan: RowPlan) {
    for column in plan.columns.indices {
      let start = plan.columns[column].nameStart
      learn(plan.names.span, start..<start + plan.columns[column].nameLength, column)
    }
  }

  /// Remembers the column of a name. Names that need escapes, overlong ones and ones beyond a bound are left out.
  mutating func learn(_ text: Span<UInt8>, _ range: Range<Int>, _ column: Int) {
    guard entries.count < KeyTable.entriesMax, range.count <= KeyTable.nameBytesMax else { return }
    var name: [UInt8] = []
    ByteKernels.append(text, range, to: &name)
    guard !name.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }) else { return }
    let key = [0x22] + name + [0x22, 0x3A]
    guard find(key.span, 0) < 0 else { return }
    let words = stride(from: 0, to: key.count, by: 8).map { TextKernels.word(key.span, at: $0) }
    let mask: UInt64 = key.count >= 8 ? ~0 : (1 << UInt64(8 * key.count)) - 1
    entries.append(
      Entry(first: words[0], mask: mask, length: key.count, rest: rest.count, column: column))
    rest += words.dropFirst()
    successors.append(entries.count)
  }

  /// The entry whose key stands at `position`, -1 when there is none; `last` is the entry before it or -1.
  @inline(__always)
  mutating func next(_ text: Span<UInt8>, _ position: Int, after last: Int) -> Int {
    let guess = successors[last &+ 1]
    if guess < entries.count, matches(guess, text, position) { return guess }
    return search(text, position, after: last)
  }

  @inline(never)
  private mutating func search(_ text: Span<UInt8>, _ position: Int, after last: Int) -> Int {
    let found = find(text, position)
    if found >= 0 { successors[last + 1] = found }
    return found
  }

  private func find(_ text: Span<UInt8>, _ position: Int) -> Int {
    for index in entries.indices where matches(index, text, position) { return index }
    return -1
  }

  @inline(__always)
  private func matches(_ index: Int, _ text: Span<UInt8>, _ position: Int) -> Bool {
    let entry = entries[index]
    guard (TextKernels.word(text, at: position) ^ entry.first) & entry.mask == 0 else { return false }
    var offset = 8
    var word = entry.rest
    while offset < entry.length {
      let left = entry.length &- offset
      let mask: UInt64 = left >= 8 ? ~0 : (1 << UInt64(8 &* left)) &- 1
      guard (TextKernels.word(text, at: position &+ offset) ^ rest[word]) & mask == 0 else { return false }
      offset &+= 8
      word &+= 1
    }
    return true
  }
}
