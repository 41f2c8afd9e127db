/// What a configuration object says wrongly: the path of the setting and what was expected there.
package struct ConfigurationFault: Error, Hashable, Sendable {
  package let path: String
  package let message: String

  package init(_ path: String, _ message: String) {
    self.path = path
    self.message = message
  }
}

/// One setting of a configuration object: its key, the value when absent or null, and what it may be.
struct SettingRule: Sendable {
  enum Shape: Sendable {
    case integer(ClosedRange<Int64>)
    case number
    case boolean
    case text
    case list
    case object
    case anything
  }

  let key: String
  let fallback: JSONValue
  let shape: Shape

  init(_ key: String, _ fallback: JSONValue, _ shape: Shape) {
    self.key = key
    self.fallback = fallback
    self.shape = shape
  }

  /// The value to keep for what was sent; absent and null give the default.
  func normalised(_ sent: JSONValue?, path: String) throws(ConfigurationFault) -> JSONValue {
    guard let sent, !sent.isNull else { return fallback }
    switch shape {
    case .integer(let bounds):
      guard let number = sent.integerValue else { throw wrong(sent, "an integer", path) }
      guard bounds.contains(number) else {
        throw ConfigurationFault(path, "must be \(bounds.lowerBound) to \(bounds.upperBound), not \(number)")
      }
      return .integer(number)
    case .number:
      guard let number = sent.doubleValue, number >= 0, number.isFinite else {
        throw wrong(sent, "a number >= 0", path)
      }
    case .boolean: if sent.boolValue == nil { throw wrong(sent, "a boolean", path) }
    case .text: if sent.stringValue == nil { throw wrong(sent, "a string", path) }
    case .list: if sent.elements == nil { throw wrong(sent, "a list", path) }
    case .object: if sent.members == nil { throw wrong(sent, "an object", path) }
    case .anything: break
    }
    return sent
  }

  private func wrong(_ sent: JSONValue, _ expected: String, _ path: String) -> ConfigurationFault {
    ConfigurationFault(path, "must be \(expected), not \(sent.kind)")
  }

  /// An object with exactly the rules' keys, in their order; other keys are dropped.
  static func apply(
    _ rules: [SettingRule], to sent: JSONValue, path: String
  ) throws(ConfigurationFault) -> [JSONMember] {
    var members: [JSONMember] = []
    for rule in rules {
      members.append(
        JSONMember(rule.key, try rule.normalised(sent[rule.key], path: "\(path).\(rule.key)")))
    }
    return members
  }
}
