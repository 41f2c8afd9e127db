import CKernels

/// What `SIMD16<UInt8>` lacks: one bit a byte.
package enum ByteMask {
  /// Bit i is the highest bit of byte i.
  @inlinable @inline(__always)
  package static func highBits(_ bytes: SIMD16<UInt8>) -> UInt32 { tidemark_movemask(bytes) }

  /// Bit i is set where byte i equals `value`.
  @inlinable @inline(__always)
  package static func equal(_ bytes: SIMD16<UInt8>, _ value: UInt8) -> UInt32 {
    tidemark_equal_mask(bytes, value)
  }
}
