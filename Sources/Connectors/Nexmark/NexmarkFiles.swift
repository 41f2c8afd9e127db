package import Platform

/// Writes tables as files: `DIR/TABLE.FORMAT`, or in parts `DIR/TABLE/part-K.FORMAT`.
///
/// Rows are dealt to the parts in runs, so that every part spans the whole time. Equal models give equal
/// bytes.
package struct NexmarkFiles: Sendable {
  static let runRows: UInt64 = 1000
  private static let bufferBytes = 4 << 20

  private let generator: NexmarkGenerator
  private let format: NexmarkText.Format
  private let directory: String
  /// 0: one file, not in a folder.
  private let parts: Int

  package init(_ model: NexmarkModel, format: NexmarkText.Format, directory: String, parts: Int) {
    generator = NexmarkGenerator(model)
    self.format = format
    self.directory = directory
    self.parts = parts
  }

  /// Replaces files of these names; returns rows and bytes written.
  package func write(_ table: NexmarkTable) throws(FileError) -> (rows: UInt64, bytes: UInt64) {
    let text = NexmarkText(format, table)
    let rows = generator.rowCount(table)
    let paths = try makePaths(table)
    var buffers = [[UInt8]](repeating: [], count: paths.count)
    var bytes: UInt64 = 0
    for path in paths { try PosixFileSystem().writeFile(path, [], sync: false) }
    for (run, first) in stride(from: 0, to: rows, by: Int(NexmarkFiles.runRows)).enumerated() {
      let range = first..<min(rows, first + NexmarkFiles.runRows)
      let part = run % paths.count
      text.append(generator.columns(table, rows: range), rows: 0..<range.count, to: &buffers[part])
      if buffers[part].count >= NexmarkFiles.bufferBytes { try flush(&buffers[part], paths[part], &bytes) }
    }
    for part in paths.indices { try flush(&buffers[part], paths[part], &bytes) }
    return (rows, bytes)
  }

  private func makePaths(_ table: NexmarkTable) throws(FileError) -> [String] {
    let folder = parts > 0 ? "\(directory)/\(table.rawValue)" : directory
    try PosixFileSystem().createDirectories(folder)
    guard parts > 0 else { return ["\(folder)/\(table.rawValue).\(format.rawValue)"] }
    return (0..<parts).map { "\(folder)/part-\($0).\(format.rawValue)" }
  }

  private func flush(_ buffer: inout [UInt8], _ path: String, _ bytes: inout UInt64) throws(FileError) {
    var file = try AppendFile.open(path, create: false)
    try file.append(buffer)
    bytes += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }
}
