/// Text between quotes, as SQL and CSV write it.
///
/// A quote within is doubled as a byte: together with a combining mark after it, it is another `Character`.
enum QuotedText {
  static func literal(_ text: String) -> String { quoted(text, UInt8(ascii: "'")) }

  /// A name of SQL or a field of CSV.
  static func name(_ text: String) -> String { quoted(text, UInt8(ascii: "\"")) }

  private static func quoted(_ text: String, _ quote: UInt8) -> String {
    var bytes: [UInt8] = [quote]
    for byte in text.utf8 {
      bytes.append(byte)
      if byte == quote { bytes.append(byte) }
    }
    bytes.append(quote)
    return String(decoding: bytes, as: UTF8.self)
  }
}
