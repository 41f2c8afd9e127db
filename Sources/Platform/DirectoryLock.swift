import Glibc

/// Exclusive ownership of a directory while the value lives; the kernel releases it when the process dies.
package struct DirectoryLock: ~Copyable, Sendable {
  private let file: FileDescriptor

  /// Takes the lock on `directory`/LOCK without waiting. Errors: `locked`, naming the process that wrote the
  /// file.
  package init(_ directory: String) throws(FileError) {
    let path = directory + "/LOCK"
    let file = try FileDescriptor(path, flags: O_RDWR | O_CREAT)
    guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else { throw FileDescriptor.failure("flock", path) }
      let owner = String(decoding: try file.read(at: 0, length: 20), as: UTF8.self)
      throw FileError(.locked, path: path, "directory is in use by process \(owner)")
    }
    try file.truncate(to: 0)
    try file.write(Array(String(ProcessFacts.processID).utf8), at: 0)
    self.file = file
  }
}
