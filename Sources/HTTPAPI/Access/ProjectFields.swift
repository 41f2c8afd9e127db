import AccessControl
import PipelineModel
import PipelineRuntime
import WireTypes

/// The body of the calls that make and change projects; what is wrong is told field by field.
struct ProjectFields {
  private(set) var name: String?
  private(set) var slug: String?
  /// Outer nil: not given; inner nil: removed.
  private(set) var description: String??
  private(set) var isActive: Bool?
  private(set) var settings: ProjectSettings?

  init(_ call: APICall, creates: Bool) async throws {
    var faults = InvalidFields()
    let json = try await call.object(&faults)
    name = ProjectFields.text(json, "name", 1...Project.nameLengthMax, isRequired: creates, &faults)
    if creates {
      slug = ProjectFields.text(json, "slug", 1...Project.slugLengthMax, isRequired: true, &faults)
      if let slug, !Project.isSlug(slug) {
        faults.add(["body", "slug"], "String should match pattern '^[a-z0-9][a-z0-9-]*[a-z0-9]$|^[a-z0-9]$'",
          kind: "string_pattern_mismatch")
      }
    }
    if json["description"]?.isNull == true {
      description = .some(nil)
    } else if let text = ProjectFields.text(
      json, "description", 0...Project.descriptionLengthMax, isRequired: false, &faults)
    {
      description = text
    }
    if let value = json["is_active"], !value.isNull {
      isActive = value.boolValue
      if isActive == nil { faults.add(["body", "is_active"], "Input should be a valid boolean", kind: "bool_parsing") }
    }
    if let value = json["settings"], !value.isNull { settings = ProjectFields.settings(value, &faults) }
    guard faults.isEmpty else { throw faults }
  }

  static func text(
    _ json: JSONValue, _ name: String, _ length: ClosedRange<Int>, isRequired: Bool, _ faults: inout InvalidFields
  ) -> String? {
    guard let value = json[name], isRequired || !value.isNull else {
      if isRequired { faults.add(["body", name], "Field required", kind: "missing") }
      return nil
    }
    guard let text = value.stringValue else {
      faults.add(["body", name], "Input should be a valid string", kind: "string_type")
      return nil
    }
    if text.count < length.lowerBound {
      faults.add(
        ["body", name], "String should have at least \(length.lowerBound) character", kind: "string_too_short")
    } else if text.count > length.upperBound {
      faults.add(
        ["body", name], "String should have at most \(length.upperBound) characters", kind: "string_too_long")
    }
    return text
  }

  static func number(
    _ text: String?, _ name: String, default fallback: Int, in range: ClosedRange<Int>,
    _ faults: inout InvalidFields
  ) -> Int {
    guard let text else { return fallback }
    guard let number = Int(text) else {
      faults.add(["query", name], "Input should be a valid integer", kind: "int_parsing")
      return fallback
    }
    if !range.contains(number) {
      faults.add(["query", name], "Input should be \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Keeps the whole object; `rate_limits` may have `project` and `key` with the limits of a window.
  private static func settings(_ json: JSONValue, _ faults: inout InvalidFields) -> ProjectSettings {
    var settings = ProjectSettings()
    guard json.members != nil else {
      faults.add(["body", "settings"], "Input should be a valid dictionary", kind: "dict_type")
      return settings
    }
    settings.json = json.encoded
    guard let limits = json["rate_limits"], !limits.isNull else { return settings }
    settings.projectLimits = self.limits(limits["project"], ["body", "settings", "rate_limits", "project"], &faults)
    settings.keyLimits = self.limits(limits["key"], ["body", "settings", "rate_limits", "key"], &faults)
    let known = limits.members?.allSatisfy { ["project", "key"].contains($0.name) } ?? false
    if !known { faults.add(["body", "settings", "rate_limits"], "Input should have 'project' and 'key' only") }
    return settings
  }

  private static func limits(
    _ json: JSONValue?, _ place: [String], _ faults: inout InvalidFields
  ) -> QuotaLimits? {
    guard let json, !json.isNull else { return nil }
    guard let members = json.members else {
      faults.add(place, "Input should be a valid dictionary", kind: "dict_type")
      return nil
    }
    var limits = QuotaLimits(windowSeconds: QuotaLimits.windowSecondsDefault)
    for member in members where !member.value.isNull {
      guard let number = member.value.integerValue, number >= 0 else {
        faults.add(place + [member.name], "Input should be a valid integer", kind: "int_parsing")
        continue
      }
      switch member.name {
      case "requests": limits.requests = UInt64(number)
      case "records": limits.records = UInt64(number)
      case "bytes": limits.bytes = UInt64(number)
      case "window_secs" where number >= 1 && number <= QuotaLimits.windowSecondsMax:
        limits.windowSeconds = UInt64(number)
      default: faults.add(place + [member.name], "Input should be a limit: requests, records, bytes, window_secs")
      }
    }
    return limits
  }
}

/// The body of the call that makes a key.
struct KeyFields {
  let name: String
  let scopes: Scopes
  let expiresAt: WallTime?

  init(_ call: APICall) async throws {
    var faults = InvalidFields()
    let json = try await call.object(&faults)
    name = ProjectFields.text(json, "name", 1...Project.nameLengthMax, isRequired: true, &faults) ?? ""
    var scopes: Scopes? = .all
    if let value = json["scopes"], !value.isNull {
      let names = value.elements?.compactMap(\.stringValue) ?? []
      scopes = names.count == value.elements?.count ? Scopes(names: names) : nil
      if scopes == nil { faults.add(["body", "scopes"], "Input should be a list of ingest, read and admin") }
    }
    self.scopes = scopes ?? .all
    var expiry: WallTime?
    if let value = json["expires_at"], !value.isNull {
      expiry = value.stringValue.flatMap { WallTime(rfc3339: $0) }
      if expiry == nil {
        faults.add(["body", "expires_at"], "Input should be a valid datetime", kind: "datetime_parsing")
      }
    }
    expiresAt = expiry
    guard faults.isEmpty else { throw faults }
  }
}

extension APICall {
  /// The body as a JSON object.
  func object(_ faults: inout InvalidFields) async throws -> JSONValue {
    let bytes = try await bodyBytes()
    let json: JSONValue
    do { json = try JSONValue(parsing: bytes, nestingMax: environment.limits.nesting) } catch {
      faults.add(["body", String(error.offset)], "JSON decode error: \(error.message)", kind: "json_invalid")
      throw faults
    }
    guard json.members != nil else {
      faults.add(["body"], "Input should be a valid dictionary", kind: "dict_type")
      throw faults
    }
    return json
  }
}
