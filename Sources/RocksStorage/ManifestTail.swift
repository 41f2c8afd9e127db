import Platform
import StorageAPI

/// The end of RocksDB's MANIFEST after a power cut.
///
/// RocksDB relies on a record of it only when it is synced, and forgives one that was cut short. But it refuses to
/// open when the length of an unsynced one reached the disk and its last sectors did not: such a tail reads as zeros
/// (found by the power cuts of Tests/Acceptance).
///
/// Layout, as in RocksDB's `log_format.h`: blocks of 32 KiB of fragments; a fragment is crc32c u32 (masked, of type and
/// payload), length u16, type u8 (1 whole, 2 first, 3 middle, 4 last), payload, all little endian; fewer than 7 bytes
/// at a block's end are padding.
enum ManifestTail {
  private static let blockBytes = 32_768
  private static let headerBytes = 7
  /// What a disk writes whole or not at all: holes begin at multiples of it.
  private static let sectorBytes = 512

  /// Cuts off a last record that does not fit its checksum and whose last sectors are zeros. False when there is
  /// none: whatever RocksDB complains of is another damage.
  static func mend(_ directory: String) throws(FileError) -> Bool {
    let fileSystem = PosixFileSystem()
    let current = try fileSystem.read("\(directory)/CURRENT").prefix { $0 != 10 }
    let name = String(decoding: current, as: UTF8.self)
    guard name.hasPrefix("MANIFEST-"), !name.utf8.contains(0x2F) else { return false }
    let path = "\(directory)/\(name)"
    let bytes = try fileSystem.read(path)
    guard let end = goodEnd(bytes) else { return false }
    try fileSystem.publish(path, Array(bytes[..<end]), mode: 0o644)
    return true
  }

  /// End of the last whole record before a torn tail; nil when the bytes have no such tail, or nothing before it.
  static func goodEnd(_ bytes: [UInt8]) -> Int? {
    var recordEnd = 0
    var position = 0
    while let fragment = Fragment(bytes, at: position) {
      position = fragment.end
      if fragment.endsRecord { recordEnd = position }
    }
    // Behind the first fragment that is not whole there may only be zeros, and it must end in them itself.
    let zeros = bytes.reversed().prefix { $0 == 0 }.count
    let start = Fragment.start(position)
    guard recordEnd > 0, zeros > 0, start < bytes.count else { return nil }
    let claimed = bytes.count - start < headerBytes ? 0 : Int(bytes[start + 4]) | Int(bytes[start + 5]) << 8
    let firstZero = bytes.count - zeros
    // A record that merely happens to end in a zero is not torn.
    guard firstZero <= start || firstZero <= (bytes.count - 1) / sectorBytes * sectorBytes else { return nil }
    return firstZero < start + headerBytes + claimed ? recordEnd : nil
  }

  /// One whole fragment.
  private struct Fragment {
    let end: Int
    let endsRecord: Bool

    /// Where a fragment begins that follows at `position`.
    static func start(_ position: Int) -> Int {
      let left = blockBytes - position % blockBytes
      return left < headerBytes ? position + left : position
    }

    /// Nil when there is none, or its bytes do not fit its checksum.
    init?(_ bytes: [UInt8], at position: Int) {
      let start = Fragment.start(position)
      guard start + headerBytes <= bytes.count else { return nil }
      let length = Int(bytes[start + 4]) | Int(bytes[start + 5]) << 8
      let type = bytes[start + 6]
      end = start + headerBytes + length
      guard (1...4).contains(type), end <= bytes.count, start % blockBytes + headerBytes + length <= blockBytes
      else { return nil }
      let sum = Checksum.crc32c(bytes[(start + 6)..<end])
      let masked = (sum >> 15 | sum << 17) &+ 0xA282_EAD8
      let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
      guard masked == stored else { return nil }
      endsRecord = type == 1 || type == 4
    }
  }
}
