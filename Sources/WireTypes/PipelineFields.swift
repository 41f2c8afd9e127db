/// Body of POST, PUT and PATCH on pipelines; nil where a member is absent or null. Unknown members are
/// ignored.
package struct PipelineFields: Sendable, Hashable {
  package var name: String?
  package var description: String?
  package var tags: [String]?
  package var runtimeConfig: RuntimeConfigBody?
  package var programCode: String?
  package var udfRust: String?
  package var udfToml: String?
  package var programConfig: ProgramConfigBody?

  /// What is wrong with the body; the kinds have different error codes.
  package enum Fault: Error, Hashable, Sendable {
    case body(String)
    case runtimeConfig(ConfigurationFault)
    case programConfig(ConfigurationFault)
  }

  package init(json: JSONValue) throws(Fault) {
    guard json.members != nil else { throw .body("the body must be an object, not \(json.kind)") }
    name = try PipelineFields.text(json, "name")
    description = try PipelineFields.text(json, "description")
    programCode = try PipelineFields.text(json, "program_code")
    udfRust = try PipelineFields.text(json, "udf_rust")
    udfToml = try PipelineFields.text(json, "udf_toml")
    tags = try PipelineFields.list(json, "tags")
    if let sent = json["runtime_config"], !sent.isNull {
      do { runtimeConfig = try RuntimeConfigBody(json: sent) } catch { throw .runtimeConfig(error) }
    }
    if let sent = json["program_config"], !sent.isNull {
      do { programConfig = try ProgramConfigBody(json: sent) } catch { throw .programConfig(error) }
    }
  }

  private static func text(_ json: JSONValue, _ key: String) throws(Fault) -> String? {
    switch json[key] {
    case nil, .some(.null): return nil
    case .some(.string(let text)): return text
    case .some(let other): throw .body("'\(key)' must be a string, not \(other.kind)")
    }
  }

  private static func list(_ json: JSONValue, _ key: String) throws(Fault) -> [String]? {
    guard let sent = json[key], !sent.isNull else { return nil }
    guard let elements = sent.elements else { throw .body("'\(key)' must be a list, not \(sent.kind)") }
    var texts: [String] = []
    for element in elements {
      guard let text = element.stringValue else {
        throw .body("'\(key)' must hold strings, not \(element.kind)")
      }
      texts.append(text)
    }
    return texts
  }
}
