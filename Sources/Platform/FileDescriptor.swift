import Glibc

/// Owner of one open file descriptor; closed in `deinit`. Every transfer is positioned, so threads may share
/// it.
struct FileDescriptor: ~Copyable, Sendable {
  let number: Int32
  let path: String

  /// `flags` are those of open(2); close-on-exec is always added, so that children hold no lock of ours.
  init(_ path: String, flags: Int32, mode: UInt32 = 0o644) throws(FileError) {
    try FileDescriptor.check(path)
    var opened: Int32 = -1
    repeat {
      opened = unsafe open(path, flags | O_CLOEXEC, mode_t(mode))  // reads the path only during the call
    } while opened < 0 && errno == EINTR
    guard opened >= 0 else { throw FileDescriptor.failure("open", path) }
    number = opened
    self.path = path
  }

  deinit { _ = close(number) }

  borrowing func write(_ bytes: [UInt8], at offset: UInt64) throws(FileError) {
    var written = 0
    while written < bytes.count {
      // The buffer is valid for the call and `written` stays inside it.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(
          number, UnsafeRawBufferPointer(rebasing: buffer[written...]).baseAddress, buffer.count - written,
          off_t(clamping: offset + UInt64(written)))
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileDescriptor.failure("write", path)
      }
      guard count > 0 else { throw FileError(.io, path: path, "write made no progress") }
      written += count
    }
  }

  borrowing func read(at offset: UInt64, length: Int) throws(FileError) -> [UInt8] {
    var filled = 0
    var failed = false
    // pread writes at most the bytes that remain of the capacity; the count says how many are initialized.
    let out = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
      while filled < length {
        let count = unsafe pread(
          number,
          UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
            .baseAddress,
          length - filled, off_t(clamping: offset + UInt64(filled)))
        if count < 0 {
          if errno == EINTR { continue }
          failed = true
          break
        }
        if count == 0 { break }
        filled += count
      }
      initialized = filled
    }
    if failed { throw FileDescriptor.failure("read", path) }
    return out
  }

  borrowing func size() throws(FileError) -> UInt64 {
    var facts = stat()
    guard unsafe fstat(number, &facts) == 0 else { throw FileDescriptor.failure("stat", path) }
    return UInt64(clamping: facts.st_size)
  }

  borrowing func sync() throws(FileError) {
    guard fsync(number) == 0 else { throw FileDescriptor.failure("fsync", path) }
  }

  borrowing func syncData() throws(FileError) {
    guard fdatasync(number) == 0 else { throw FileDescriptor.failure("fdatasync", path) }
  }

  borrowing func truncate(to length: UInt64) throws(FileError) {
    guard ftruncate(number, off_t(clamping: length)) == 0 else {
      throw FileDescriptor.failure("truncate", path)
    }
  }

  /// A path with a NUL byte would reach the kernel cut short, and name another file.
  static func check(_ path: String) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.notFound, path: path, "path is empty or holds a NUL byte")
    }
  }

  /// The error that `errno` names; call directly after the failed operation.
  static func failure(_ operation: String, _ path: String) -> FileError {
    let number = errno
    let code: FileError.Code =
      switch number {
      case ENOENT, ENOTDIR: .notFound
      case EEXIST, ENOTEMPTY: .exists
      case ENOSPC, EDQUOT: .full
      // A file system that became read only may come back: it is no permission that somebody must change.
      case EACCES, EPERM: .permission
      case EWOULDBLOCK, EBUSY: .locked
      default: .io
      }
    // glibc's text for an error number lives in static or thread storage; copied at once.
    let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    return FileError(code, path: path, "\(operation): \(text)")
  }
}
