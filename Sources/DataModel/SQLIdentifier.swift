/// A name in SQL: unquoted names are folded to lower case for comparison, quoted names keep their case.
package struct SQLIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// As the user wrote it, without quotes.
  package let spelled: String
  package let caseSensitive: Bool
  /// What comparison, hashing and order look at.
  package let canonical: String

  package init(_ spelled: String, caseSensitive: Bool = false) {
    self.spelled = spelled
    self.caseSensitive = caseSensitive
    canonical = caseSensitive ? spelled : spelled.lowercased()
  }

  /// Parses the form used in URLs: `name` or `"Name"` with doubled inner quotes.
  package init(urlForm text: String) {
    let bytes = Array(text.utf8)
    if bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
      self.init(
        String(text.dropFirst().dropLast()).split(separator: "\"\"", omittingEmptySubsequences: false)
          .joined(separator: "\""), caseSensitive: true)
    } else {
      self.init(text)
    }
  }

  package static func == (left: SQLIdentifier, right: SQLIdentifier) -> Bool {
    left.canonical == right.canonical
  }
  package static func < (left: SQLIdentifier, right: SQLIdentifier) -> Bool {
    left.canonical < right.canonical
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }
  package var description: String { spelled }
}
