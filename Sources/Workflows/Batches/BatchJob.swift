import WireTypes

/// The input of a job: what is told of a file or item, then its content. The content may be large, so that
/// the header is read without it.
package struct BatchJob: Sendable, Hashable {
  package var name: String
  package var mediaType: String
  package var contentType: String
  package var size: Int
  /// SHA-256 of the content in hexadecimal digits.
  package var checksum: String

  package init(name: String, mediaType: String, contentType: String, size: Int, checksum: String) {
    self.name = name
    self.mediaType = mediaType
    self.contentType = contentType
    self.size = size
    self.checksum = checksum
  }

  /// Before the content; quotes inside strings are escaped, so that neither occurs in the header.
  private static let fileMark = Array(#","content":"#.utf8)
  private static let itemMark = Array(#","item":"#.utf8)
  private static let headerBytesMax = 16 << 10

  /// The input of a file, its bytes in base64.
  package func input(file base64: String) -> String { "\(header),\"content\":\"\(base64)\"}" }

  /// The input of an item, JSON text.
  package func input(item json: String) -> String { "\(header),\"item\":\(json)}" }

  private var header: Substring {
    let json: JSONValue = [
      "file_path": .string(name), "media_type": .string(mediaType), "content_type": .string(contentType),
      "size": .integer(size), "sha256": .string(checksum),
    ]
    return json.encoded.dropLast()
  }

  /// Nil for the input of another dialect.
  package init?(input: String) {
    guard let content = BatchJob.content(of: input) else { return nil }
    let header = Array(input.utf8.prefix(content.header)) + [UInt8(ascii: "}")]
    guard let json = try? JSONValue(parsing: header), let name = json["file_path"]?.stringValue,
      let mediaType = json["media_type"]?.stringValue, let checksum = json["sha256"]?.stringValue
    else { return nil }
    self.init(
      name: name, mediaType: mediaType, contentType: json["content_type"]?.stringValue ?? "",
      size: json["size"]?.integerValue.map { Int($0) } ?? 0, checksum: checksum)
  }

  /// What a provider gets: an item as it was handed in, a file with its header.
  package static func payload(of input: String) -> String {
    guard let content = content(of: input), content.isItem else { return input }
    return String(decoding: input.utf8.dropFirst(content.header + itemMark.count).dropLast(), as: UTF8.self)
  }

  /// What is kept of an answer: one that only repeats a file's content is kept without it.
  package static func kept(_ output: String, of input: String) -> String {
    guard output == input, let content = content(of: input), !content.isItem else { return output }
    return String(decoding: input.utf8.prefix(content.header), as: UTF8.self) + "}"
  }

  private static func content(of input: String) -> (header: Int, isItem: Bool)? {
    let bytes = Array(input.utf8.prefix(headerBytesMax))
    for position in bytes.indices where bytes[position] == UInt8(ascii: ",") {
      let rest = bytes[position...]
      if rest.starts(with: itemMark) { return (position, true) }
      if rest.starts(with: fileMark) { return (position, false) }
    }
    return nil
  }

  /// Subject of the record that says that this content was processed in a collection.
  package func mark(in collection: String) -> String { "processed:\(collection):\(checksum)" }
}
