/// Rows picked by number and parts put one behind the other; each pass checks its row numbers and offsets before
/// the memory is read.
@usableFromInline package enum GatherKernels {
  /// Traps when a row number lies outside `0..<count`.
  package static func check(_ indices: [Int32], below count: Int) {
    var greatest: UInt32 = 0
    unsafe indices.withUnsafeBufferPointer { source in
      for position in 0..<source.count {
        greatest = max(greatest, UInt32(bitPattern: unsafe source[position]))
      }
    }
    precondition(indices.isEmpty || Int(greatest) < count, "a row number lies outside its column")
  }

  @inline(__always)
  static func pick<Element: BitwiseCopyable>(_ values: [Element], _ indices: [Int32]) -> [Element] {
    check(indices, below: values.count)
    return unsafe [Element](unsafeUninitializedCapacity: indices.count) { target, initialized in
      unsafe values.withUnsafeBufferPointer { source in
        unsafe indices.withUnsafeBufferPointer { chosen in
          for position in 0..<chosen.count {
            unsafe target.initializeElement(at: position, to: source[Int(chosen[position])])
          }
        }
      }
      initialized = indices.count
    }
  }

  package static func int64s(_ values: [Int64], _ indices: [Int32]) -> [Int64] { pick(values, indices) }
  package static func float64s(_ values: [Double], _ indices: [Int32]) -> [Double] { pick(values, indices) }
  package static func int128s(_ values: [Int128], _ indices: [Int32]) -> [Int128] { pick(values, indices) }

  /// Nil when all rows picked are present.
  package static func bits(_ validity: ValidityBitmap, _ indices: [Int32]) -> ValidityBitmap? {
    check(indices, below: min(validity.count, validity.words.count * 64))
    var result = ValidityBitmap(repeating: false, count: indices.count)
    var absent: UInt64 = 0
    unsafe validity.words.withUnsafeBufferPointer { source in
      unsafe indices.withUnsafeBufferPointer { chosen in
        for word in result.words.indices {
          let start = word &* 64
          let end = min(start &+ 64, chosen.count)
          var bits: UInt64 = 0
          for position in start..<end {
            let row = Int(unsafe chosen[position])
            let bit = unsafe (source[row &>> 6] &>> UInt64(truncatingIfNeeded: row & 63)) & 1
            bits |= bit &<< UInt64(truncatingIfNeeded: position &- start)
          }
          result.words[word] = bits
          absent |= ~bits & (end &- start == 64 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: end &- start)) &- 1)
        }
      }
    }
    return absent == 0 ? nil : result
  }

  // MARK: Strings

  /// Bytes that a copy may write behind the end of what it copies.
  @inlinable package static var slack: Int { 16 }

  /// Copies 16 bytes at a time where both sides have them, so that short strings cost no call.
  ///
  /// `start + length` lies inside the source, `offset + length + slack` inside the target.
  @inlinable @inline(__always)
  package static func copy(
    _ source: UnsafeBufferPointer<UInt8>, _ start: Int, _ length: Int,
    to target: UnsafeMutablePointer<UInt8>, at offset: Int
  ) {
    guard let base = source.baseAddress else { return }
    let from = unsafe UnsafeRawPointer(base + start)
    let to = unsafe UnsafeMutableRawPointer(target + offset)
    guard length <= 64, start &+ ((length &+ 15) & ~15) <= source.count else {
      unsafe to.copyMemory(from: from, byteCount: length)
      return
    }
    var moved = 0
    while moved < length {
      unsafe to.storeBytes(
        of: from.loadUnaligned(fromByteOffset: moved, as: SIMD16<UInt8>.self), toByteOffset: moved,
        as: SIMD16<UInt8>.self)
      moved &+= 16
    }
  }

  /// Rows of a column of strings. Traps when they hold 4 GiB.
  package static func rows(_ values: ByteColumn, _ indices: [Int32]) -> ByteColumn {
    check(indices, below: values.count)
    var result = ByteColumn()
    result.offsets = offsets(values, indices)
    let total = Int(result.offsets[indices.count])
    // Most rows stay: neighbours are copied together.
    let isDense = indices.count &* 8 > values.count &* 7
    result.bytes = unsafe [UInt8](unsafeUninitializedCapacity: total + slack) { buffer, initialized in
      guard let target = buffer.baseAddress else { return }
      unsafe values.bytes.withUnsafeBufferPointer { source in
        unsafe values.offsets.withUnsafeBufferPointer { offsets in
          unsafe indices.withUnsafeBufferPointer { chosen in
            var end = 0
            var position = 0
            while position < chosen.count {
              let row = Int(unsafe chosen[position])
              var last = row &+ 1
              position &+= 1
              while isDense, position < chosen.count, Int(unsafe chosen[position]) == last {
                last &+= 1
                position &+= 1
              }
              let start = Int(unsafe offsets[row])
              let length = Int(unsafe offsets[last]) &- start
              unsafe copy(source, start, length, to: target, at: end)
              end &+= length
            }
          }
        }
      }
      initialized = total
    }
    return result
  }

  /// Offsets of the rows picked; their ranges are checked against the source's bytes.
  private static func offsets(_ values: ByteColumn, _ indices: [Int32]) -> [UInt32] {
    let limit = values.bytes.count
    var total = 0
    var isSound = true
    let result = unsafe [UInt32](unsafeUninitializedCapacity: indices.count + 1) { target, initialized in
      unsafe target.initializeElement(at: 0, to: 0)
      unsafe values.offsets.withUnsafeBufferPointer { offsets in
        unsafe indices.withUnsafeBufferPointer { chosen in
          for position in 0..<chosen.count {
            let row = Int(unsafe chosen[position])
            let start = Int(unsafe offsets[row])
            let end = Int(unsafe offsets[row &+ 1])
            isSound = isSound && start <= end && end <= limit
            total &+= end &- start
            unsafe target.initializeElement(at: position &+ 1, to: UInt32(truncatingIfNeeded: total))
          }
        }
      }
      initialized = indices.count + 1
    }
    precondition(isSound && total <= Int(UInt32.max), "offsets of a column lie outside its bytes")
    return result
  }

  // MARK: One behind the other

  /// Nil when all rows are present.
  package static func concatenate(validity parts: [ColumnVector]) -> ValidityBitmap? {
    guard parts.contains(where: { $0.validity != nil }) else { return nil }
    var result = ValidityBitmap()
    result.words.reserveCapacity((parts.reduce(0) { $0 + $1.count } + 63) / 64)
    for part in parts { result.append(part.validity ?? ValidityBitmap(repeating: true, count: part.count)) }
    return result
  }

  /// Nil when the bytes exceed what offsets of 32 bits reach.
  package static func concatenate(_ parts: [ByteColumn]) -> ByteColumn? {
    let bytes = parts.reduce(0) { $0 + $1.bytes.count }
    guard bytes <= Int(UInt32.max) else { return nil }
    var result = ByteColumn()
    result.bytes.reserveCapacity(bytes)
    result.offsets.reserveCapacity(parts.reduce(1) { $0 + $1.count })
    for part in parts {
      let base = UInt32(truncatingIfNeeded: result.bytes.count)
      result.bytes.append(contentsOf: part.bytes)
      let offsets = unsafe [UInt32](unsafeUninitializedCapacity: part.count) { target, initialized in
        unsafe part.offsets.withUnsafeBufferPointer { source in
          for row in 0..<part.count {
            unsafe target.initializeElement(at: row, to: base &+ source[row &+ 1])
          }
        }
        initialized = part.count
      }
      result.offsets.append(contentsOf: offsets)
    }
    return result
  }
}
