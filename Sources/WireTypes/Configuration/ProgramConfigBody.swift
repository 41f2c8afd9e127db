/// `program_config` with every default filled in.
package struct ProgramConfigBody: Sendable, Hashable {
  package let json: JSONValue

  private static let profiles = ["dev", "unoptimized", "optimized", "optimized_symbols"]

  private static let rules: [SettingRule] = [
    SettingRule("profile", nil, .text),
    SettingRule("cache", true, .boolean),
    SettingRule("runtime_version", nil, .text),
    SettingRule("use_platform_compiler", false, .boolean),
  ]

  /// Unknown keys are ignored; null is the default.
  package init(json sent: JSONValue) throws(ConfigurationFault) {
    guard sent.isNull || sent.members != nil else {
      throw ConfigurationFault("program_config", "must be an object, not \(sent.kind)")
    }
    json = .object(try SettingRule.apply(ProgramConfigBody.rules, to: sent, path: "program_config"))
    if let profile = json["profile"]?.stringValue, !ProgramConfigBody.profiles.contains(profile) {
      throw ConfigurationFault(
        "program_config.profile",
        "must be one of \(ProgramConfigBody.profiles.joined(separator: ", ")), not '\(profile)'")
    }
    if let version = json["runtime_version"]?.stringValue, !ProgramConfigBody.isVersion(version) {
      throw ConfigurationFault("program_config.runtime_version", "'\(version)' is not a version")
    }
  }

  /// `v1.2.3`, `1.2.3`, or a commit of 40 hexadecimal digits.
  private static func isVersion(_ text: String) -> Bool {
    if text.utf8.count == 40, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) { return true }
    let number = text.hasPrefix("v") ? text.dropFirst() : text[...]
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 3
      && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }
}
