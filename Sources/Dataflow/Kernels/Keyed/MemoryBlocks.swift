import CKernels

/// Words in blocks of 2 MiB with large pages, cut into equal pieces: random reads of a large state cost fewer page
/// walks, and its first touch fewer faults. All pieces go back together.
@safe struct MemoryBlocks {
  static let blockWords = 1 << 18
  private var blocks: [UnsafeMutablePointer<UInt64>] = unsafe []
  /// Words taken from the last block.
  private var filled = MemoryBlocks.blockWords

  /// `words` words, at most a block.
  mutating func piece(_ words: Int) -> UnsafeMutablePointer<UInt64> {
    precondition(words > 0 && words <= Self.blockWords)
    if filled + words > Self.blockWords {
      let memory = unsafe tidemark_allocate_block(Self.blockWords * 8)
      guard let memory = unsafe memory else { preconditionFailure("a block is never null") }
      unsafe blocks.append(unsafe memory.bindMemory(to: UInt64.self, capacity: Self.blockWords))
      filled = 0
    }
    let place = unsafe blocks[blocks.count - 1] + filled
    filled += words
    return unsafe place
  }

  func deallocate() {
    for unsafe block in unsafe blocks { unsafe tidemark_free_block(block, Self.blockWords * 8) }
  }
}
