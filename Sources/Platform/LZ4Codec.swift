import CLZ4

/// Foreign or damaged compressed bytes.
package struct LZ4Error: Error, Sendable, CustomStringConvertible {
  package let description: String
}

/// LZ4 blocks without a frame: the caller stores the length and a checksum.
package enum LZ4Codec {
  /// Nil when the result would not be smaller.
  package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count > 1, let length = Int32(exactly: bytes.count) else { return nil }
    // LZ4 reads `length` bytes and writes at most the capacity, else it answers 0.
    let out = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { buffer, initialized in
      let written = unsafe bytes.withUnsafeBytes { source in
        unsafe LZ4_compress_default(
          source.baseAddress?.assumingMemoryBound(to: CChar.self),
          UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), length, length - 1
        )
      }
      initialized = max(0, Int(written))
    }
    return out.isEmpty ? nil : out
  }

  /// Exactly `length` bytes, or throws; safe on any input. The caller bounds `length` before it allocates.
  package static func decompress(_ bytes: ArraySlice<UInt8>, length: Int) throws(LZ4Error) -> [UInt8] {
    guard let source = Int32(exactly: bytes.count), let capacity = Int32(exactly: length), capacity >= 0
    else {
      throw LZ4Error(description: "lz4 block has an impossible length length=\(length)")
    }
    var result: Int32 = -1
    // The decoder checks both bounds; only the bytes that it reports count as initialized.
    let out = unsafe [UInt8](unsafeUninitializedCapacity: max(1, length)) { buffer, initialized in
      result = unsafe bytes.withUnsafeBytes { input in
        unsafe LZ4_decompress_safe(
          input.baseAddress?.assumingMemoryBound(to: CChar.self),
          UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), source, capacity)
      }
      initialized = max(0, Int(result))
    }
    guard result == capacity else {
      throw LZ4Error(description: "lz4 block is damaged length=\(length) result=\(result)")
    }
    return out
  }

  package static func decompress(_ bytes: [UInt8], length: Int) throws(LZ4Error) -> [UInt8] {
    try decompress(bytes[...], length: length)
  }
}
