import DataModel

/// Binary strings, their text forms and hashes.
enum BinaryFunctions {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction) -> Kernel? {
    if let digest = digest(function) {
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes in appendHex(digest(lane.value(row)), to: &bytes) }
      }
    }
    switch function {
    case .octetLength:
      return { operands in
        let lane = operands.bytes(0)
        return .int64((0..<operands.count).map { Int64(lane.range($0).count) })
      }
    case .binaryPosition:
      return { operands in
        let needle = operands.bytes(0)
        let text = operands.bytes(1)
        return .int64(
          (0..<operands.count).map { row in
            let range = text.range(row)
            let found = Strings.find(needle.bytes, needle.range(row), in: text.bytes, range)
            return found.map { Int64($0 - range.lowerBound) + 1 } ?? 0
          })
      }
    case .crc32:
      return { operands in
        let lane = operands.bytes(0)
        return .int64((0..<operands.count).map { Int64(SmallHashes.crc32(lane.bytes[lane.range($0)])) })
      }
    case .xxHash:
      return { operands in
        let lane = operands.bytes(0)
        let seeds = operands.vectors.count > 1 ? operands.int64(1) : nil
        return .int64(
          (0..<operands.count).map { row in
            let seed = UInt64(bitPattern: seeds?[row] ?? 0)
            return Int64(bitPattern: SmallHashes.xxHash(lane.value(row), seed: seed))
          })
      }
    case .toInteger:
      return { operands in
        let lane = operands.bytes(0)
        return .int64(
          (0..<operands.count).map { row in
            let value = lane.bytes[lane.range(row)].prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return Int64(Int32(bitPattern: value))
          })
      }
    default: return strings(function)
    }
  }

  private static func digest(_ function: ScalarFunction) -> (@Sendable ([UInt8]) -> [UInt8])? {
    switch function {
    case .md5: { MD5Hash.digest($0) }
    case .sha1: { SHAHash.sha1($0) }
    case .sha256: { SHAHash.sha256($0) }
    case .sha512: { SHAHash.sha512($0) }
    case .toHex: { $0 }
    default: nil
    }
  }

  private static func appendHex(_ source: [UInt8], to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    for byte in source {
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }

  private static func strings(_ function: ScalarFunction) -> Kernel? {
    switch function {
    case .textToBinary:
      return { operands throws(EvaluationError) in
        try operands.vectors[0].expanded(operands.count).storage
      }
    case .binaryReverse:
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes in bytes += lane.value(row).reversed() }
      }
    case .toBase64:
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes in Base64.append(lane.value(row), to: &bytes) }
      }
    case .binaryLeft, .binaryRight, .binarySubstring:
      return { operands throws(EvaluationError) in try part(function, operands) }
    case .binaryOverlay: return { operands throws(EvaluationError) in try overlaid(operands) }
    case .gunzip:
      return { operands throws(EvaluationError) in
        let lane = operands.bytes(0)
        return try Lanes.strings(operands) { row, bytes throws(EvaluationError) in
          guard let text = Inflate.gunzip(lane.value(row)),
            UTF8Check.firstInvalid(text.span, 0..<text.count) == nil
          else { throw EvaluationError(.invalidArgument, "GUNZIP of bytes that are no gzip text") }
          bytes += text
        }
      }
    default: return nil
    }
  }

  private static func part(
    _ function: ScalarFunction, _ operands: Operands
  ) throws(EvaluationError) -> ColumnVector.Storage {
    let lane = operands.bytes(0)
    let numbers = operands.int64(1)
    let lengths = operands.vectors.count > 2 ? operands.int64(2) : nil
    return try Lanes.strings(operands) { row, bytes in
      let range = lane.range(row)
      let total = Int64(range.count)
      let kept: Range<Int64>
      switch function {
      case .binaryLeft: kept = 0..<min(max(numbers[row], 0), total)
      case .binaryRight: kept = total - min(max(numbers[row], 0), total)..<total
      default:
        let start = min(max(numbers[row], 1) - 1, total)
        kept = start..<start + min(max(lengths?[row] ?? total, 0), total - start)
      }
      let low = range.lowerBound
      ByteKernels.append(lane.bytes.span, low + Int(kept.lowerBound)..<low + Int(kept.upperBound), to: &bytes)
    }
  }

  private static func overlaid(_ operands: Operands) throws(EvaluationError) -> ColumnVector.Storage {
    let lane = operands.bytes(0)
    let part = operands.bytes(1)
    let starts = operands.int64(2)
    let lengths = operands.vectors.count > 3 ? operands.int64(3) : nil
    return try Lanes.strings(operands) { row, bytes in
      let source = lane.value(row)
      guard starts[row] > 0 else { return bytes += source }
      let before = Int(min(starts[row] - 1, Int64(source.count)))
      let removed = min(max(lengths?[row] ?? Int64(part.range(row).count), 0), Int64(source.count - before))
      bytes += source[..<before]
      bytes += part.value(row)
      bytes += source[(before + Int(removed))...]
    }
  }

  // MARK: NULL for what is no such text

  /// Nil for functions of another family.
  static func builder(_ function: ScalarFunction) -> BuilderKernel? {
    let decode: (@Sendable ([UInt8]) -> [UInt8]?)? =
      switch function {
      case .binaryToText: { UTF8Check.firstInvalid($0.span, 0..<$0.count) == nil ? $0 : nil }
      case .fromHex: { ValueText.hexadecimal($0.span, 0..<$0.count) }
      case .fromBase64: { Base64.decoded($0) }
      case .uuidFromText: { ValueText.uuid($0.span, 0..<$0.count) }
      default: nil
      }
    guard let decode else { return nil }
    return { operands, builder throws(EvaluationError) in
      let lane = operands.bytes(0)
      operands.buildTotal(&builder) { row, builder in
        guard let bytes = decode(lane.value(row)) else { return builder.appendNull() }
        builder.append(bytes: bytes)
      }
    }
  }
}

/// Base64 with padding, RFC 4648.
enum Base64 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func append(_ source: [UInt8], to bytes: inout [UInt8]) {
    for start in stride(from: 0, to: source.count, by: 3) {
      let group = source[start..<min(start + 3, source.count)]
      let value = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        bytes.append(index <= group.count ? letters[Int(value >> UInt32(18 - 6 * index) & 63)] : 0x3D)
      }
    }
  }

  /// Nil for other characters than letters, blanks and padding at the end.
  static func decoded(_ text: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    var value: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text where !TextScan.isBlank(byte) {
      if byte == 0x3D {
        padding += 1
        continue
      }
      guard padding == 0, let index = letters.firstIndex(of: byte) else { return nil }
      value = value << 6 | UInt32(index)
      count += 1
      if count % 4 == 0 {
        result += [
          UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8),
          UInt8(truncatingIfNeeded: value),
        ]
        value = 0
      }
    }
    switch count % 4 {
    case 0: return padding == 0 ? result : nil
    case 2: return padding == 2 || padding == 0 ? result + [UInt8(truncatingIfNeeded: value >> 4)] : nil
    case 3:
      guard padding <= 1 else { return nil }
      return result + [UInt8(truncatingIfNeeded: value >> 10), UInt8(truncatingIfNeeded: value >> 2)]
    default: return nil
    }
  }
}
