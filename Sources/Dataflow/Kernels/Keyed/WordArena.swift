/// Rows of words at addresses that stay; freed rows are garbage until the owner copies what lives to a new arena.
///
/// An address is chunk << 16 | word and fits 48 bits. Not thread-safe: owned by one operator.
@safe final class WordArena {
  private static let chunkWords = 1 << 15
  /// Until so many words are there, chunks are allocated one by one.
  private static let smallWords = 1 << 19
  private var chunks: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>
  private var sizes: [Int] = []
  /// Whether a chunk was allocated alone; the others lie in `blocks`.
  private var isOwn: [Bool] = []
  private var blocks = MemoryBlocks()
  private var capacity = 16
  /// Words used in the last chunk.
  private var filled = 0
  /// Words handed out, also those freed since.
  private(set) var usedWords = 0
  private(set) var freedWords = 0

  init() { unsafe chunks = .allocate(capacity: 16) }

  deinit {
    for index in sizes.indices where isOwn[index] { unsafe chunks[index].deallocate() }
    blocks.deallocate()
    unsafe chunks.deallocate()
  }

  var sizeBytes: Int { sizes.reduce(0) { $0 + $1 * 8 } }
  /// Whether more than half of what was handed out is garbage.
  var isWasteful: Bool { freedWords > Self.chunkWords && freedWords * 2 > usedWords }

  /// Rows at lower addresses hold about half of the words; 0 while there is little.
  var middle: UInt64 {
    var left = sizes.reduce(0, +) / 2
    for (index, size) in sizes.enumerated() {
      if left < size { return UInt64(index) << 16 }
      left -= size
    }
    return 0
  }

  /// Room for `count` words, not initialised.
  func allocate(_ count: Int) -> UInt64 {
    if sizes.isEmpty || filled + count > sizes[sizes.count - 1] {
      addChunk(max(count, min(Self.chunkWords, max(512, usedWords))))
    }
    let address = UInt64(sizes.count - 1) << 16 | UInt64(filled)
    filled += count
    usedWords += count
    return address
  }

  func free(_ count: Int) { freedWords += count }

  private func addChunk(_ words: Int) {
    if sizes.count == capacity {
      let wider = UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>.allocate(capacity: capacity * 2)
      unsafe wider.moveInitialize(from: chunks, count: capacity)
      unsafe chunks.deallocate()
      unsafe chunks = wider
      capacity *= 2
    }
    let own = words != Self.chunkWords || usedWords < Self.smallWords
    unsafe (chunks + sizes.count).initialize(to: own ? .allocate(capacity: words) : blocks.piece(words))
    sizes.append(words)
    isOwn.append(own)
    filled = 0
  }

  /// Where the chunks lie; valid until the next allocation.
  var base: UnsafePointer<UnsafeMutablePointer<UInt64>> { unsafe UnsafePointer(chunks) }

  @inline(__always)
  static func pointer(
    _ base: UnsafePointer<UnsafeMutablePointer<UInt64>>, _ address: UInt64
  ) -> UnsafeMutablePointer<UInt64> {
    unsafe base[Int(truncatingIfNeeded: address >> 16)] + Int(truncatingIfNeeded: address & 0xFFFF)
  }

  @inline(__always)
  func pointer(_ address: UInt64) -> UnsafeMutablePointer<UInt64> { unsafe Self.pointer(base, address) }
}
