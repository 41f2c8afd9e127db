/// A JSON object read member by member, with errors that name the place.
package struct ConnectorSettings: Sendable {
  /// Where the object stands, for messages: `plan[0].fields.id`.
  package let place: String
  package let members: [ConnectorJSON.Member]

  /// null counts as an empty object.
  package init(_ value: ConnectorJSON, at place: String) throws(ConnectorError) {
    self.place = place
    switch value {
    case .object(let members): self.members = members
    case .null: members = []
    default: throw ConnectorError(.fatal, "\(place) must be an object, not \(value.kind)")
    }
  }

  /// The member's value; nil when it is absent or null.
  package subscript(key: String) -> ConnectorJSON? {
    guard let member = members.first(where: { $0.key == key }), member.value != .null else { return nil }
    return member.value
  }

  package func string(_ key: String) throws(ConnectorError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .string(let text) = value else { throw wrong(key, "a string", value) }
    return text
  }

  package func boolean(_ key: String) throws(ConnectorError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .boolean(let flag) = value else { throw wrong(key, "true or false", value) }
    return flag
  }

  /// A whole number of at least `least`.
  package func integer(_ key: String, least: Int64) throws(ConnectorError) -> Int64? {
    guard let value = self[key] else { return nil }
    guard let number = value.integer, number >= least else {
      throw wrong(key, "a whole number of at least \(least)", value)
    }
    return number
  }

  /// Strings; a single string stands for an array of one.
  package func strings(_ key: String) throws(ConnectorError) -> [String] {
    guard let value = self[key] else { return [] }
    if case .string(let text) = value { return [text] }
    guard case .array(let items) = value else { throw wrong(key, "an array of strings", value) }
    var texts: [String] = []
    for item in items {
      guard case .string(let text) = item else { throw wrong(key, "an array of strings", item) }
      texts.append(text)
    }
    return texts
  }

  /// Fails on the first member that is not in `known`.
  package func onlyKnown(_ known: [String]) throws(ConnectorError) {
    for member in members where !known.contains(member.key) {
      throw ConnectorError(
        .fatal, "\(place): unknown setting '\(member.key)'; known are \(known.joined(separator: ", "))")
    }
  }

  package func wrong(_ key: String, _ expected: String, _ value: ConnectorJSON) -> ConnectorError {
    ConnectorError(.fatal, "\(place): '\(key)' must be \(expected), not \(value.shown)")
  }
}
