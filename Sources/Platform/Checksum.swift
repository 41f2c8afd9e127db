import CKernels

/// CRC-32C (Castagnoli), the checksum of everything that we store.
package enum Checksum {
  /// `seed` is the checksum of the bytes before, to go on over parts; 0 to begin.
  package static func crc32c(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
    // The buffer is valid for the call, and its own length bounds the read.
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe tidemark_crc32c(seed, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count)
    }
  }

  package static func crc32c(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
    unsafe crc32c(bytes.span.bytes, seed: seed)
  }

  package static func crc32c(_ bytes: ArraySlice<UInt8>, seed: UInt32 = 0) -> UInt32 {
    unsafe crc32c(bytes.span.bytes, seed: seed)
  }

  /// The slow way of processors without the instruction; tests compare both.
  package static func crc32cByTable(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe tidemark_crc32c_table(seed, $0.baseAddress, $0.count) }
  }
}
