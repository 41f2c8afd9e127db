/// One record that could not become a row, in the terms of the ingress error body.
package struct RowError: Hashable, Error, Sendable {
  /// Bytes of a record that are kept.
  package static let rawBytesMax = 4096

  /// Number of the record in its request, from 1.
  package let eventNumber: UInt64
  package let field: String?
  package let invalidText: String?
  package let suggestion: String?
  package let tag: String?
  package let description: String
  /// The record, cut at `rawBytesMax`.
  package let rawBytes: [UInt8]

  package init(
    eventNumber: UInt64, field: String? = nil, invalidText: String? = nil, suggestion: String? = nil,
    tag: String? = nil, description: String, rawBytes: [UInt8]
  ) {
    self.eventNumber = eventNumber
    self.field = field
    self.invalidText = invalidText
    self.suggestion = suggestion
    self.tag = tag
    self.description = description
    self.rawBytes = rawBytes
  }
}

/// Why the record under way is refused, before its extent is known.
struct Rejection: Sendable {
  var field: String?
  var invalidText: String?
  var suggestion: String?
  var message: String
}
