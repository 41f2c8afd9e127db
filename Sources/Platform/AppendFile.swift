import Glibc

/// A file that grows at its end; closed when the value ends. One owner, one thread at a time.
///
/// `length` counts only bytes that were written completely: a failed append leaves it, and the next one
/// writes over
/// the torn bytes. Nothing is durable before `fdatasync`. After a failed `fdatasync` do not trust the file:
/// reopen it.
package struct AppendFile: ~Copyable, Sendable {
  private let file: FileDescriptor
  package private(set) var length: UInt64

  private init(file: consuming FileDescriptor, length: UInt64) {
    self.file = file
    self.length = length
  }

  /// Opens for reading and writing with the position at the end; `create` makes a missing file (`notFound`
  /// without).
  package static func open(_ path: String, create: Bool) throws(FileError) -> AppendFile {
    let file = try FileDescriptor(path, flags: O_RDWR | (create ? O_CREAT : 0))
    let length = try file.size()
    return AppendFile(file: file, length: length)
  }

  package mutating func append(_ bytes: [UInt8]) throws(FileError) {
    try file.write(bytes, at: length)
    length += UInt64(bytes.count)
  }

  /// Cuts the file, or extends it with zeros.
  package mutating func truncate(to newLength: UInt64) throws(FileError) {
    try file.truncate(to: newLength)
    length = newLength
  }

  /// Replaces bytes in place; the file grows when they reach beyond its end.
  package mutating func overwrite(at offset: UInt64, _ bytes: [UInt8]) throws(FileError) {
    try file.write(bytes, at: offset)
    length = max(length, offset + UInt64(bytes.count))
  }

  /// Fewer than `count` bytes only when the file ends before.
  package func read(at offset: UInt64, count: Int) throws(FileError) -> [UInt8] {
    guard count > 0, offset < length else { return [] }
    return try file.read(at: offset, length: min(count, Int(clamping: length - offset)))
  }

  /// Makes content and length durable.
  package func fdatasync() throws(FileError) { try file.syncData() }
}
