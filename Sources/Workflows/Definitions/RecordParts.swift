package import WireTypes

/// Records of a file as the texts in which they are kept: JSON lists of about a megabyte each. Nothing of a record is
/// held but its text.
package struct RecordParts: Sendable {
  private static let partBytes = 1 << 20

  package private(set) var texts: [String] = []
  package private(set) var count = 0
  /// Of all records.
  package private(set) var bytes = 0
  private var part: [UInt8] = []

  package init() {}

  /// How many bytes of text it has. To be called before `finish`.
  @discardableResult
  package mutating func add(_ record: JSONValue) -> Int {
    part.append(part.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
    let text = record.encodedBytes
    part += text
    count += 1
    bytes += text.count
    if part.count >= RecordParts.partBytes { endPart() }
    return text.count
  }

  package mutating func finish() { if !part.isEmpty { endPart() } }

  private mutating func endPart() {
    part.append(UInt8(ascii: "]"))
    texts.append(String(decoding: part, as: UTF8.self))
    part.removeAll(keepingCapacity: true)
  }
}
