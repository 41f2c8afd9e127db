import DataModel

/// Strings written one behind the other into one buffer, without a growth or a slice a row.
struct StringSink {
  private var bytes: [UInt8]
  private var used = 0
  private var offsets: [UInt32]

  init(rows: Int, bytes: Int) {
    self.bytes = [UInt8](repeating: 0, count: bytes + 64)
    offsets = [0]
    offsets.reserveCapacity(rows + 1)
  }

  /// Adds a range of the source to the open row.
  @inline(__always)
  mutating func append(_ source: [UInt8], _ start: Int, _ end: Int) {
    precondition(start >= 0 && start <= end && end <= source.count)
    let length = end &- start
    reserve(length)
    unsafe bytes.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      unsafe source.withUnsafeBufferPointer {
        unsafe GatherKernels.copy($0, start, length, to: target, at: used)
      }
    }
    used &+= length
  }

  /// Adds the decimal digits of an integer to the open row.
  @inline(__always)
  mutating func append(_ value: Int64) {
    reserve(20)
    let magnitude = value.magnitude
    let isNegative = value < 0
    let length = Self.digits(magnitude) &+ (isNegative ? 1 : 0)
    unsafe bytes.withUnsafeMutableBufferPointer { target in
      var rest = magnitude
      var at = used &+ length
      repeat {
        at &-= 1
        let next = rest / 10
        unsafe target[at] = 0x30 &+ UInt8(truncatingIfNeeded: rest &- next &* 10)
        rest = next
      } while rest != 0
      if isNegative { unsafe target[used] = 0x2D }
    }
    used &+= length
  }

  @inline(__always)
  private static func digits(_ value: UInt64) -> Int {
    var count = 1
    var limit: UInt64 = 10
    while count < 20, value >= limit {
      count &+= 1
      // 10^20 does not fit: the count stops there.
      limit = count < 20 ? limit &* 10 : limit
    }
    return count
  }

  /// Ends the open row.
  @inline(__always)
  mutating func close() { offsets.append(UInt32(truncatingIfNeeded: used)) }

  @inline(__always)
  private mutating func reserve(_ more: Int) {
    if used &+ more &+ GatherKernels.slack > bytes.count { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    bytes.append(contentsOf: repeatElement(0, count: max(bytes.count, more + GatherKernels.slack)))
  }

  var byteCount: Int { used }

  consuming func finish() throws(EvaluationError) -> ColumnVector.Storage {
    try StringKernels.checkSize(used, times: 1)
    var column = ByteColumn()
    bytes.removeLast(bytes.count - used)
    column.bytes = bytes
    column.offsets = offsets
    return .bytes(column)
  }
}
