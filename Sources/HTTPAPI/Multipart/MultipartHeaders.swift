/// What the headers of a part say.
package struct MultipartHeaders: Sendable, Equatable {
  package let name: String
  /// Nil for a plain field.
  package let fileName: String?
  package let contentType: String?

  /// Errors: no or another disposition than `form-data` with a name, text that is not UTF-8.
  init(_ bytes: [UInt8]) throws(MultipartFault) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw MultipartFault(message: "the headers of a part are not UTF-8")
    }
    var (disposition, type): (String?, String?) = (nil, nil)
    for line in text.split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":") else {
        throw MultipartFault(message: "a header of a part has no colon")
      }
      let value = MultipartHeaders.trimmed(line[line.index(after: colon)...])
      switch line[..<colon].lowercased() {
      case "content-disposition": disposition = value
      case "content-type": type = value
      default: break
      }
    }
    let parsed = MultipartHeaders.parameters(of: disposition ?? "")
    guard parsed.value.lowercased() == "form-data", let name = parsed.named["name"] else {
      throw MultipartFault(message: "a part has no Content-Disposition with form-data and a name")
    }
    self.name = name
    contentType = type
    fileName = parsed.named["filename*"].flatMap(MultipartHeaders.extended) ?? parsed.named["filename"]
  }

  /// A header's value and its parameters, names in lower case; the first of repeated ones counts.
  static func parameters(of text: String) -> (value: String, named: [String: String]) {
    var rest = Substring(text)
    let value = trimmed(take(&rest, until: ";"))
    var named: [String: String] = [:]
    while !rest.isEmpty {
      rest.removeFirst()
      let name = trimmed(take(&rest, until: "=;")).lowercased()
      guard rest.first == "=" else { continue }
      rest.removeFirst()
      rest = rest.drop { $0 == " " || $0 == "\t" }
      var content: String
      if rest.first == "\"" {
        content = quoted(&rest)
        _ = take(&rest, until: ";")
      } else {
        content = trimmed(take(&rest, until: ";"))
      }
      if !name.isEmpty, named[name] == nil { named[name] = content }
    }
    return (value, named)
  }

  /// Up to one of the characters, which stays.
  private static func take(_ rest: inout Substring, until ends: String) -> Substring {
    let end = rest.firstIndex { ends.contains($0) } ?? rest.endIndex
    defer { rest = rest[end...] }
    return rest[..<end]
  }

  /// A quoted string; browsers write a quote as `%22`, other clients with a backslash.
  private static func quoted(_ rest: inout Substring) -> String {
    var out = ""
    rest.removeFirst()
    while let character = rest.popFirst(), character != "\"" {
      if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
        out.append(next)
        rest.removeFirst()
      } else {
        out.append(character)
      }
    }
    return out
  }

  /// `UTF-8''name%20of%20file` of RFC 8187.
  private static func extended(_ text: String) -> String? {
    let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
    return try? PercentCoding.decode(parts[2], plusIsBlank: false)
  }

  private static func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0 == " " || $0 == "\t" }
    return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
