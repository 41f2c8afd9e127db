package import ConnectorKit
package import DataModel
import Platform

/// `file_output`: appends deltas to a file, each exactly once.
///
/// The position's detail is the committed length, u64 big-endian (empty: 0). What a crash left beyond it is
/// cut off at
/// the next start. A delivery ends with one fdatasync; after a failed one the file is opened and cut
/// anew.
package final class FileSink: Sink {
  private let path: String
  private let lines: DeltaLines
  private var file: AppendFile?
  private var committed: UInt64 = 0

  /// Touches no file. Errors: fatal, naming the setting.
  package init(_ configuration: ConnectorConfiguration, schema: Schema) throws(ConnectorError) {
    let settings = try ConnectorSettings(configuration.transport.config, at: "file_output")
    try settings.onlyKnown(["path"])
    guard let path = try settings.string("path"), !path.isEmpty else {
      throw ConnectorError(.fatal, "file_output: 'path' is missing")
    }
    self.path = path
    lines = try DeltaLines(configuration.format, schema: schema)
  }

  package var guarantee: DeliveryGuarantee { .exactlyOnce }

  package func start(at position: SinkPosition?) throws(ConnectorError) {
    committed = try FileSink.length(position?.detail ?? [])
    file = try open(create: committed == 0)
  }

  package func deliver(_ deltas: [SinkDelta]) throws(ConnectorError) -> (detail: [UInt8], bytesWritten: Int) {
    guard deltas.contains(where: { !$0.rows.isEmpty }) else { return (FileSink.detail(committed), 0) }
    // Whoever fails below leaves `file` nil: its content is then in doubt.
    var target = try takeOpen()
    let before = committed
    do throws(FileError) {
      for delta in deltas {
        try lines.forEachPiece(delta.rows) { bytes throws(FileError) in try target.append(bytes) }
      }
      try target.fdatasync()
    } catch {
      throw FileSink.failure(error)
    }
    committed = target.length
    file = consume target
    return (FileSink.detail(committed), Int(clamping: committed - before))
  }

  package func stop() { file = nil }

  private func takeOpen() throws(ConnectorError) -> AppendFile {
    if let opened = file.take() { return opened }
    return try open(create: committed == 0)
  }

  /// The file with exactly the committed bytes.
  private func open(create: Bool) throws(ConnectorError) -> AppendFile {
    do throws(FileError) {
      var opened = try AppendFile.open(path, create: create)
      guard opened.length >= committed else {
        throw FileError(
          .notFound, path: path, "holds \(opened.length) bytes, but \(committed) bytes were delivered to it")
      }
      if opened.length > committed { try opened.truncate(to: committed) }
      try opened.fdatasync()
      if create { try PosixFileSystem().syncDirectory(directory) }
      return opened
    } catch {
      throw FileSink.failure(error)
    }
  }

  private var directory: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ error: FileError) -> ConnectorError {
    switch error.code {
    case .full, .io, .locked: ConnectorError(.retry, "file_output: \(error)")
    case .notFound, .exists, .permission: ConnectorError(.fatal, "file_output: \(error)")
    }
  }

  private static func detail(_ length: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(56 - 8 * $0)) }
  }

  private static func length(_ detail: [UInt8]) throws(ConnectorError) -> UInt64 {
    guard detail.isEmpty || detail.count == 8 else {
      throw ConnectorError(.fatal, "file_output: the stored position has \(detail.count) bytes instead of 8")
    }
    return detail.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
