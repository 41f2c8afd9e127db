import DataModel
import Platform

/// What a sorted run in a file says about itself: its layout, and where each block lies and begins.
///
/// Encoded (big endian): version u8, key types, value types, rows u64, row bytes u64, blocks u32, each {length u32,
/// raw length u32, rows u32, CRC-32C u32, separator}, filters u32, each {offset u64, length u32, CRC-32C u32}.
/// Behind it in the file the trailer: length of the footer u32, its CRC-32C u32, magic u64.
struct RunFooter: Sendable {
  struct Block: Sendable {
    let offset: UInt64
    let length: UInt32
    /// Before compression; equal to `length` when the block is not compressed.
    let rawLength: UInt32
    let crc32c: UInt32
  }
  struct Filter: Sendable {
    let offset: UInt64
    let length: UInt32
    let crc32c: UInt32
  }

  let layout: TraceLayout
  private(set) var blocks: [Block] = []
  /// Rows before each block, and all rows at the end.
  private(set) var starts: [Int] = [0]
  /// Bytes between the last row of the block before and the first row of each block: greater than the one, not
  /// greater than the other.
  private(set) var separators = ByteColumn()
  private(set) var prefixes: [UInt64] = []
  /// Filter f covers the blocks from f * `blocksPerFilter` on.
  private(set) var filters: [Filter] = []
  /// Encoded rows before compression.
  private(set) var rowBytes = 0

  static let blocksPerFilter = 32
  static let trailerBytes = 16
  private static let magic: UInt64 = 0x544D_5255_4E30_3031  // "TMRUN001"
  private static let version: UInt8 = 1

  init(layout: TraceLayout) { self.layout = layout }

  var rows: Int { starts[starts.count - 1] }
  var sizeBytes: Int { separators.bytes.count + blocks.count * 48 + 200 }

  mutating func add(_ block: Block, rows: Int, rowBytes: Int, separator: ArraySlice<UInt8>) {
    blocks.append(block)
    starts.append(self.rows + rows)
    self.rowBytes += rowBytes
    separators.append(separator)
    let range = separators.range(separators.count - 1)
    prefixes.append(ByteOrder.prefix(separators.bytes, range.lowerBound, range.upperBound))
  }

  mutating func add(_ filter: Filter) { filters.append(filter) }

  /// The last block from `first` on whose separator is not greater than the key, where rows that are not less
  /// than the key begin, unless they begin with the block behind it; `first` when there is none.
  func block(for key: SeekKey, in bytes: [UInt8], from first: Int) -> Int {
    var low = first
    var high = min(first + 1, blocks.count)
    var stride = 1
    // Ascending keys mostly stay near.
    while high < blocks.count, !isGreater(high, key, bytes) {
      low = high
      high = min(high + stride, blocks.count)
      stride *= 2
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if isGreater(middle, key, bytes) { high = middle } else { low = middle }
    }
    return low
  }

  private func isGreater(_ block: Int, _ key: SeekKey, _ bytes: [UInt8]) -> Bool {
    if prefixes[block] != key.prefix { return prefixes[block] > key.prefix }
    let own = separators.range(block)
    return ByteOrder.compare(
      separators.bytes, own.lowerBound, own.upperBound, bytes, key.range.lowerBound, key.range.upperBound) > 0
  }

  /// Whether the block's first row has the key, when the last row of the block before it has it.
  func continues(_ block: Int, _ key: SeekKey, in bytes: [UInt8]) -> Bool {
    guard block < blocks.count else { return false }
    let own = separators.range(block)
    guard own.count > key.range.count else { return false }
    return ByteOrder.compare(
      separators.bytes, own.lowerBound, own.lowerBound + key.range.count, bytes, key.range.lowerBound,
      key.range.upperBound) == 0
  }
}

extension RunFooter {
  /// Footer and trailer, and the footer's checksum.
  func encoded() -> (bytes: [UInt8], crc32c: UInt32) {
    var writer = ByteWriter(reserving: 64 + blocks.count * 40)
    writer.write(Self.version)
    for types in [layout.key, layout.value] { writer.writeLengthPrefixed(types.map(\.rawValue)) }
    writer.write(UInt64(rows))
    writer.write(UInt64(rowBytes))
    writer.write(UInt32(truncatingIfNeeded: blocks.count))
    for (index, block) in blocks.enumerated() {
      writer.write(block.offset)
      writer.write(block.length)
      writer.write(block.rawLength)
      writer.write(UInt32(truncatingIfNeeded: starts[index + 1] - starts[index]))
      writer.write(block.crc32c)
      writer.writeLengthPrefixed(separators[index])
    }
    writer.write(UInt32(truncatingIfNeeded: filters.count))
    for filter in filters {
      writer.write(filter.offset)
      writer.write(filter.length)
      writer.write(filter.crc32c)
    }
    let crc = Checksum.crc32c(writer.bytes)
    writer.write(UInt32(truncatingIfNeeded: writer.bytes.count))
    writer.write(crc)
    writer.write(Self.magic)
    return (writer.bytes, crc)
  }

  /// Length and checksum of the footer that the last bytes of a run tell of.
  static func trailer(_ tail: [UInt8]) throws(CodecError) -> (length: Int, crc32c: UInt32) {
    do {
      var reader = ByteReader(Array(tail.suffix(trailerBytes)))
      let (length, crc) = (Int(try reader.readUInt32()), try reader.readUInt32())
      if try reader.readUInt64() == magic { return (length, crc) }
    } catch {}
    throw CodecError(message: "the run has no trailer")
  }

  /// `length` is that of everything before the footer. The checksum is the caller's.
  init(decoding bytes: [UInt8], behind length: UInt64) throws(CodecError) {
    do throws(ByteReaderError) {
      var reader = ByteReader(bytes)
      guard try reader.readUInt8() == Self.version else { throw .notBool }
      let key = try Self.types(&reader)
      self.init(layout: TraceLayout(key: key, value: try Self.types(&reader)))
      let rows = try reader.readUInt64()
      let rowBytes = Int(clamping: try reader.readUInt64())
      for _ in 0..<(try reader.readUInt32()) { try readBlock(&reader, behind: length) }
      for _ in 0..<(try reader.readUInt32()) {
        let filter = Filter(
          offset: try reader.readUInt64(), length: try reader.readUInt32(), crc32c: try reader.readUInt32())
        guard filter.offset <= length, UInt64(filter.length) <= length - filter.offset else { throw .tooLong }
        filters.append(filter)
      }
      try reader.finish()
      self.rowBytes = rowBytes
      let covered = (blocks.count + Self.blocksPerFilter - 1) / Self.blocksPerFilter
      guard rows == UInt64(self.rows), rows > 0, filters.count == covered else { throw .truncated }
    } catch { throw CodecError(message: "the footer of the run is damaged: \(error)") }
  }

  private mutating func readBlock(_ reader: inout ByteReader, behind length: UInt64) throws(ByteReaderError) {
    let (offset, stored, raw) = (
      try reader.readUInt64(), try reader.readUInt32(), try reader.readUInt32()
    )
    let (rows, crc) = (try reader.readUInt32(), try reader.readUInt32())
    guard offset <= length, UInt64(stored) <= length - offset, stored <= raw,
      Int(raw) <= Limits.storedBlockBytesMax, rows > 0
    else { throw .tooLong }
    let separator = try reader.readLengthPrefixed(max: Limits.storedBlockBytesMax)
    let block = Block(offset: offset, length: stored, rawLength: raw, crc32c: crc)
    add(block, rows: Int(rows), rowBytes: 0, separator: separator[...])
  }

  private static func types(_ reader: inout ByteReader) throws(ByteReaderError) -> [PhysicalType] {
    try reader.readLengthPrefixed(max: 1 << 20).map { byte throws(ByteReaderError) in
      guard let type = PhysicalType(rawValue: byte) else { throw .tooLong }
      return type
    }
  }
}
