import Glibc

/// The machine's files.
package struct PosixFileSystem: FileSystem {
  package init() {}

  package func createDirectories(_ path: String) throws(FileError) {
    try FileDescriptor.check(path)
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix.hasSuffix("/") ? part : "/" + part
      if unsafe mkdir(prefix, 0o755) == 0 {
        try syncDirectory(PosixFileSystem.parent(of: prefix))
        continue
      }
      if errno == EEXIST { continue }
      // A parent that we may not write but that exists is fine.
      let failure = FileDescriptor.failure("mkdir", prefix)
      guard isDirectory(prefix) else { throw failure }
    }
    guard isDirectory(path) else { throw FileError(.exists, path: path, "mkdir: not a directory") }
  }

  package func entries(of directory: String) throws(FileError) -> [String] {
    try FileDescriptor.check(directory)
    guard let stream = unsafe opendir(directory) else { throw FileDescriptor.failure("opendir", directory) }
    defer { _ = unsafe closedir(stream) }
    guard let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name) else {
      throw FileError(.io, path: directory, "readdir: unknown layout")
    }
    var names: [String] = []
    errno = 0
    // The entry stays valid until the next readdir on this stream, which only we use; its name ends with NUL.
    while let entry = unsafe readdir(stream) {
      let start = unsafe UnsafeRawPointer(entry) + nameOffset
      let name = unsafe String(cString: start.assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw FileDescriptor.failure("readdir", directory) }
    return names.sorted()
  }

  package func exists(_ path: String) -> Bool { facts(path) != nil }

  package func read(_ path: String) throws(FileError) -> [UInt8] {
    let file = try FileDescriptor(path, flags: O_RDONLY)
    return try file.read(at: 0, length: Int(clamping: try file.size()))
  }

  package func readRange(_ path: String, offset: UInt64, length: Int) throws(FileError) -> [UInt8] {
    let file = try FileDescriptor(path, flags: O_RDONLY)
    // The capacity follows the file, not the caller: a wrong length from a damaged index allocates nothing.
    let size = try file.size()
    guard length > 0, offset < size else { return [] }
    return try file.read(at: offset, length: min(length, Int(clamping: size - offset)))
  }

  package func writeFile(_ path: String, _ bytes: [UInt8], sync: Bool) throws(FileError) {
    let file = try FileDescriptor(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    try file.write(bytes, at: 0)
    if sync { try file.sync() }
  }

  package func append(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let file = try FileDescriptor(path, flags: O_WRONLY | O_CREAT)
    try file.write(bytes, at: try file.size())
  }

  package func sync(_ path: String) throws(FileError) {
    try FileDescriptor(path, flags: O_RDONLY).sync()
  }

  package func publish(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(FileError) {
    let temporary = path + ".tmp"
    do throws(FileError) {
      let file = try FileDescriptor(temporary, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
      guard fchmod(file.number, mode_t(mode)) == 0 else { throw FileDescriptor.failure("chmod", temporary) }
      try file.write(bytes, at: 0)
      try file.sync()
    } catch {
      _ = unsafe unlink(temporary)
      throw error
    }
    try rename(temporary, to: path)
    try syncDirectory(PosixFileSystem.parent(of: path))
  }

  package func rename(_ from: String, to: String) throws(FileError) {
    try FileDescriptor.check(from)
    try FileDescriptor.check(to)
    guard unsafe Glibc.rename(from, to) == 0 else { throw FileDescriptor.failure("rename", from) }
  }

  package func link(_ from: String, to: String) throws(FileError) {
    try FileDescriptor.check(from)
    try FileDescriptor.check(to)
    if unsafe Glibc.link(from, to) == 0 { return }
    guard [EXDEV, EPERM, EMLINK, EOPNOTSUPP].contains(errno) else { throw FileDescriptor.failure("link", from) }
    try copy(from, to: to)
  }

  /// In pieces: the file may be large.
  private func copy(_ from: String, to: String) throws(FileError) {
    let source = try FileDescriptor(from, flags: O_RDONLY)
    let target = try FileDescriptor(to, flags: O_WRONLY | O_CREAT | O_TRUNC)
    let size = try source.size()
    var position: UInt64 = 0
    while position < size {
      let piece = try source.read(at: position, length: Int(clamping: min(size - position, 8 << 20)))
      guard !piece.isEmpty else { throw FileError(.io, path: from, "the file ends before its size") }
      try target.write(piece, at: position)
      position += UInt64(piece.count)
    }
    try target.sync()
  }

  package func remove(_ path: String) throws(FileError) {
    try FileDescriptor.check(path)
    guard unsafe unlink(path) == 0 else { throw FileDescriptor.failure("unlink", path) }
  }

  package func removeTree(_ path: String) throws(FileError) {
    try FileDescriptor.check(path)
    guard let kind = facts(path) else { return }
    guard kind & S_IFMT == S_IFDIR else { return try remove(path) }
    for name in try entries(of: path) { try removeTree(path + "/" + name) }
    guard unsafe rmdir(path) == 0 else { throw FileDescriptor.failure("rmdir", path) }
  }

  package func syncDirectory(_ path: String) throws(FileError) {
    try FileDescriptor(path, flags: O_RDONLY | O_DIRECTORY).sync()
  }

  package func size(of path: String) throws(FileError) -> UInt64 {
    try FileDescriptor.check(path)
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { throw FileDescriptor.failure("stat", path) }
    return UInt64(clamping: facts.st_size)
  }

  package func freeBytes(at path: String) throws(FileError) -> UInt64 {
    try FileDescriptor.check(path)
    var facts = statvfs()
    guard unsafe statvfs(path, &facts) == 0 else { throw FileDescriptor.failure("statvfs", path) }
    return UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
  }

  /// The directory part of a path: "." when it has none.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package func isDirectory(_ path: String) -> Bool {
    var facts = stat()
    return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  /// Mode bits of the path itself, links not followed; nil without one.
  private func facts(_ path: String) -> mode_t? {
    var facts = stat()
    guard !path.utf8.contains(0), unsafe lstat(path, &facts) == 0 else { return nil }
    return facts.st_mode
  }
}
