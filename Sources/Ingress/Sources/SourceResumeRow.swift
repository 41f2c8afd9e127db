import ConnectorKit
import InputLog
import Platform
import StorageAPI

/// Where a source goes on, written with the records up to there.
///
/// Key `d` + source name. Value: version u8 = 1, ended u8, has position u8, position bytes.
struct SourceResumeRow: Hashable {
  /// Nil when the source ended before it gave a position.
  let resume: ResumePoint?
  let endOfInput: Bool

  static func key(_ name: String) -> [UInt8] { KeySpace.sourceResume.key(name) }

  init(resume: ResumePoint?, endOfInput: Bool) {
    self.resume = resume
    self.endOfInput = endOfInput
  }

  var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(endOfInput)
    writer.write(resume != nil)
    writer.writeBytes(resume?.bytes ?? [])
    return writer.bytes
  }

  init(_ value: [UInt8]) throws(ByteReaderError) {
    var reader = ByteReader(value)
    guard try reader.readUInt8() == 1 else { throw .tooLong }
    endOfInput = try reader.readBool()
    let hasPosition = try reader.readBool()
    let bytes = try reader.readBytes(reader.remaining)
    resume = hasPosition ? ResumePoint(bytes: bytes) : nil
  }

  /// The source's row, nil at its first start. Blocks. Errors: fatal.
  static func load(_ name: String, _ store: any OrderedStore) throws(ConnectorError) -> SourceResumeRow? {
    let value: [UInt8]?
    do { value = try store.get(.base, key(name)) } catch { throw ConnectorError(.fatal, error.description) }
    guard let value else { return nil }
    do { return try SourceResumeRow(value) } catch {
      throw ConnectorError(.fatal, "resume row is damaged source=\(name)")
    }
  }
}
