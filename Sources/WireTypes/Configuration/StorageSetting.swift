/// `runtime_config.storage`: absent or true is the default object, false or null is no storage.
enum StorageSetting {
  private static let rules: [SettingRule] = [
    SettingRule("backend", ["name": "default"], .object),
    SettingRule("min_storage_bytes", nil, .integer(0...Int64.max)),
    SettingRule("min_step_storage_bytes", nil, .integer(0...Int64.max)),
    SettingRule("compression", "default", .text),
    SettingRule("cache_mib", nil, .integer(0...Int64.max)),
  ]

  static func normalised(_ sent: JSONValue?) throws(ConfigurationFault) -> JSONValue {
    let path = "runtime_config.storage"
    switch sent {
    case .some(.null), .some(.bool(false)): return .null
    case nil, .some(.bool(true)): return .object(try SettingRule.apply(rules, to: .emptyObject, path: path))
    case .some(.object(let members)):
      return .object(try SettingRule.apply(rules, to: .object(members), path: path))
    case .some(let other):
      throw ConfigurationFault(path, "must be an object, a boolean or null, not \(other.kind)")
    }
  }
}
