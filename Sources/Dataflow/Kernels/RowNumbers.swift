import DataModel

/// Row numbers out of truth values, and values put back to their rows.
enum RowNumbers {
  static func all(_ count: Int) -> [Int32] {
    unsafe [Int32](unsafeUninitializedCapacity: count) { target, initialized in
      for row in 0..<count {
        unsafe target.initializeElement(at: row, to: Int32(truncatingIfNeeded: row))
      }
      initialized = count
    }
  }

  /// Rows whose value is not 0 (`wanted`), or is 0; no branch a row.
  static func rows(_ values: [Int64], _ count: Int, where wanted: Bool) -> [Int32] {
    precondition(values.count >= count)
    let odd: Int = wanted ? 0 : 1
    return unsafe [Int32](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe values.withUnsafeBufferPointer { source in
        var found = 0
        for row in 0..<count {
          unsafe target.initializeElement(at: found, to: Int32(truncatingIfNeeded: row))
          found &+= (unsafe source[row] != 0 ? 1 : 0) ^ odd
        }
        initialized = found
      }
    }
  }

  /// Rows whose bit is set, or is not.
  static func rows(_ bits: ValidityBitmap, where wanted: Bool) -> [Int32] {
    let count = bits.count
    precondition(bits.words.count * 64 >= count)
    let odd: UInt64 = wanted ? 0 : ~0
    return unsafe [Int32](unsafeUninitializedCapacity: count) { target, initialized in
      var found = 0
      for (index, word) in bits.words.enumerated() {
        var open = word ^ odd
        if index == count >> 6 { open &= (1 << UInt64(count & 63)) &- 1 }
        while open != 0 {
          let row = index &* 64 &+ open.trailingZeroBitCount
          unsafe target.initializeElement(at: found, to: Int32(truncatingIfNeeded: row))
          found &+= 1
          open &= open &- 1
        }
      }
      initialized = found
    }
  }

  /// Members of `rows` at the ascending positions `chosen`, and the others.
  static func split(_ rows: [Int32], _ chosen: [Int32]) -> (taken: [Int32], rest: [Int32]) {
    if chosen.isEmpty { return ([], rows) }
    if chosen.count == rows.count { return (rows, []) }
    GatherKernels.check(chosen, below: rows.count)
    let rest = unsafe [Int32](unsafeUninitializedCapacity: rows.count) { target, initialized in
      unsafe rows.withUnsafeBufferPointer { source in
        unsafe chosen.withUnsafeBufferPointer { positions in
          var next = 0
          var found = 0
          for position in 0..<source.count {
            unsafe target.initializeElement(at: found, to: source[position])
            let isTaken = next < positions.count && Int(unsafe positions[next]) == position
            next &+= isTaken ? 1 : 0
            found &+= isTaken ? 0 : 1
          }
          initialized = found
        }
      }
    }
    return (ColumnGather.pick(rows, chosen), rest)
  }

  /// `target[rows[i]] = source[i]`.
  @inline(__always)
  static func scatter<Element: BitwiseCopyable>(
    _ source: [Element], to rows: [Int32], in target: inout [Element]
  ) {
    precondition(source.count >= rows.count)
    GatherKernels.check(rows, below: target.count)
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe source.withUnsafeBufferPointer { source in
        unsafe rows.withUnsafeBufferPointer { rows in
          for position in 0..<rows.count { unsafe target[Int(rows[position])] = source[position] }
        }
      }
    }
  }

  /// `target[rows[i]] = value`.
  @inline(__always)
  static func fill<Element: BitwiseCopyable>(
    _ value: Element, at rows: [Int32], in target: inout [Element]
  ) {
    GatherKernels.check(rows, below: target.count)
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe rows.withUnsafeBufferPointer { rows in
        for position in 0..<rows.count { unsafe target[Int(rows[position])] = value }
      }
    }
  }

  // MARK: Bits

  /// One bit a row: whether the value is not 0.
  static func bits(_ values: [Int64], _ count: Int) -> [UInt64] {
    precondition(values.count >= count)
    return unsafe [UInt64](unsafeUninitializedCapacity: (count + 63) / 64) { target, initialized in
      unsafe values.withUnsafeBufferPointer { source in
        for word in 0..<(count &+ 63) / 64 {
          let start = word &* 64
          let end = min(start &+ 64, count)
          var bits: UInt64 = 0
          for row in start..<end {
            bits |= (unsafe source[row] != 0 ? 1 : 0) &<< UInt64(truncatingIfNeeded: row &- start)
          }
          unsafe target.initializeElement(at: word, to: bits)
        }
      }
      initialized = (count + 63) / 64
    }
  }

  /// `present` for a set bit, else the other truth value.
  static func values(_ bits: [UInt64], _ count: Int, present: Int64 = 1) -> [Int64] {
    precondition(bits.count * 64 >= count)
    let odd = UInt64(truncatingIfNeeded: 1 &- present)
    return unsafe [Int64](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe bits.withUnsafeBufferPointer { source in
        for row in 0..<count {
          let bit = unsafe (source[row &>> 6] &>> UInt64(truncatingIfNeeded: row & 63)) & 1
          unsafe target.initializeElement(at: row, to: Int64(truncatingIfNeeded: bit ^ odd))
        }
      }
      initialized = count
    }
  }
}
