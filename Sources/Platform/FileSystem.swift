/// A failed file operation, in the kinds a caller can act on.
package struct FileError: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable { case notFound, exists, full, permission, locked, io }

  package let code: Code
  package let path: String
  package let message: String

  package init(_ code: Code, path: String, _ message: String) {
    self.code = code
    self.path = path
    self.message = message
  }

  package var description: String { "file \(code.rawValue): \(message) path=\(path)" }
}

/// The few file operations that we need. Every call may block: never on an event loop. Thread-safe.
///
/// A new or renamed file survives a power cut only after `syncDirectory` of the directory that holds it.
package protocol FileSystem: Sendable {
  /// Creates the directory and its missing parents, mode 0755, durably; nothing happens when it exists.
  func createDirectories(_ path: String) throws(FileError)
  /// Names in the directory without `.` and `..`, sorted.
  func entries(of directory: String) throws(FileError) -> [String]
  /// Whether anything has this path; false also when it cannot be reached.
  func exists(_ path: String) -> Bool
  /// The whole file.
  func read(_ path: String) throws(FileError) -> [UInt8]
  /// `length` bytes from `offset`; fewer only when the file ends before.
  func readRange(_ path: String, offset: UInt64, length: Int) throws(FileError) -> [UInt8]
  /// Creates or truncates the file and writes all bytes; with `sync` its content is on disk on return.
  func writeFile(_ path: String, _ bytes: [UInt8], sync: Bool) throws(FileError)
  /// Writes behind the file's end; creates it when it is missing. Durable after `sync`.
  func append(_ path: String, _ bytes: [UInt8]) throws(FileError)
  /// Makes all that was written to the file durable, through whichever call.
  func sync(_ path: String) throws(FileError)
  /// Replaces the file atomically and durably: after a power cut it holds the old bytes or the new ones.
  ///
  /// Writes `path` + ".tmp" first; one publisher a path at a time.
  func publish(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileError)
  /// Replaces `to` when it exists. Durable after `syncDirectory`.
  func rename(_ from: String, to: String) throws(FileError)
  /// A second name for the file, or a copy of it where the file system has none. Durable after `syncDirectory`.
  func link(_ from: String, to: String) throws(FileError)
  /// Removes one file; `notFound` when there is none.
  func remove(_ path: String) throws(FileError)
  /// Removes a file or a directory with all in it, links not followed; nothing happens when there is none.
  func removeTree(_ path: String) throws(FileError)
  /// Makes creations, renames and removals in the directory durable.
  func syncDirectory(_ path: String) throws(FileError)
  func size(of path: String) throws(FileError) -> UInt64
  /// Bytes that an unprivileged process may still write on the file system of `path`.
  func freeBytes(at path: String) throws(FileError) -> UInt64
}

package extension FileSystem {
  func link(_ from: String, to: String) throws(FileError) { try writeFile(to, try read(from), sync: true) }
}
