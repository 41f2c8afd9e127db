/// `runtime_config.fault_tolerance`: an object, null, or one of the strings that older clients send.
enum FaultToleranceSetting {
  private static let path = "runtime_config.fault_tolerance"
  private static let models = ["none", "at_least_once", "exactly_once"]
  private static let legacyModels = ["latest_checkpoint", "initial_state"]
  private static let intervalSeconds: ClosedRange<Int64> = 1...3600

  static func normalised(_ sent: JSONValue?) throws(ConfigurationFault) -> JSONValue {
    switch sent {
    case nil, .some(.null): return make(model: "none", interval: 60)
    case .some(.string(let text)): return make(model: try model(text), interval: 60)
    case .some(.object(let members)):
      let object = JSONValue.object(members)
      return make(model: try model(of: object), interval: try interval(of: object))
    case .some(let other): throw ConfigurationFault(path, "must be an object or null, not \(other.kind)")
    }
  }

  private static func make(model: String, interval: JSONValue) -> JSONValue {
    ["model": .string(model), "checkpoint_interval_secs": interval]
  }

  private static func model(of object: JSONValue) throws(ConfigurationFault) -> String {
    switch object["model"] {
    case nil: return "exactly_once"
    case .some(.null): return "none"
    case .some(.string(let text)): return try model(text)
    case .some(let other): throw ConfigurationFault("\(path).model", "must be a string, not \(other.kind)")
    }
  }

  private static func model(_ text: String) throws(ConfigurationFault) -> String {
    if legacyModels.contains(text) { return "exactly_once" }
    guard models.contains(text) else {
      throw ConfigurationFault(
        "\(path).model", "must be one of \(models.joined(separator: ", ")), not '\(text)'")
    }
    return text
  }

  /// Absent is the default; null stays null: checkpoints only on demand.
  private static func interval(of object: JSONValue) throws(ConfigurationFault) -> JSONValue {
    guard let sent = object["checkpoint_interval_secs"] else { return 60 }
    if sent.isNull { return .null }
    return try SettingRule("checkpoint_interval_secs", 60, .integer(intervalSeconds))
      .normalised(sent, path: "\(path).checkpoint_interval_secs")
  }
}
