import Platform
import WireTypes

/// Checks configs of native actions before they run. An expression passes: its value is checked at run time.
enum NativeConfig {
  static let variableTypes: Set<String> = ["string", "number", "boolean", "date", "array", "object", "any"]

  /// Why the config cannot run; nil when it can.
  static func fault(of config: JSONValue, for action: NativeAction) -> String? {
    switch action {
    case .start: nil
    case .end: config["variables"] == nil ? nil : variables(config["variables"])
    case .variables: variables(config["variables"])
    case .filter: condition(config, "filter")
    case .branch: condition(config, "condition")
    case .switch: routes(config["routes"])
    case .split: number(config, "percentage", 0...100)
    case .delay: number(config, "minutes", 0...Limits.delayMinutesMax)
    case .group: group(config)
    case .agent: config["prompt"] == nil ? "config.prompt is missing" : nil
    case .python, .script: config["script"]?.stringValue == nil ? "config.script must be a text" : nil
    }
  }

  /// Whether a value is only known when it runs.
  static func isDynamic(_ value: JSONValue) -> Bool {
    if let text = value.stringValue { return text.contains("{{") }
    return value["expression"]?.stringValue != nil
      && value["kind"]?.stringValue?.hasSuffix("Expression") == true
  }

  private static func condition(_ config: JSONValue, _ name: String) -> String? {
    config[name] == nil ? "config.\(name) is missing" : nil
  }

  private static func number(_ config: JSONValue, _ name: String, _ range: ClosedRange<Double>) -> String? {
    guard let value = config[name] else { return "config.\(name) is missing" }
    if isDynamic(value) { return nil }
    guard let number = value.doubleValue ?? value.stringValue.flatMap(Double.init), range.contains(number)
    else {
      return "config.\(name) must be a number from \(JSONValue.double(range.lowerBound).encoded) "
        + "to \(JSONValue.double(range.upperBound).encoded)"
    }
    return nil
  }

  private static func variables(_ value: JSONValue?) -> String? {
    guard let elements = value?.elements else { return "config.variables must be a list" }
    var names: Set<String> = []
    for (index, variable) in elements.enumerated() {
      guard let name = variable["name"]?.stringValue, !name.isEmpty else {
        return "config.variables[\(index)].name must be a text"
      }
      guard names.insert(name).inserted else { return "config.variables[\(index)].name repeats '\(name)'" }
      let type = variable["type"] ?? "any"
      guard let type = type.stringValue, variableTypes.contains(type) else {
        return "config.variables[\(index)].type is not known"
      }
    }
    return nil
  }

  private static func routes(_ value: JSONValue?) -> String? {
    guard let elements = value?.elements, !elements.isEmpty else {
      return "config.routes must be a list of routes"
    }
    let index = elements.firstIndex { $0["value"] == nil }
    return index.map { "config.routes[\($0)].value is missing" }
  }

  private static func group(_ config: JSONValue) -> String? {
    guard let items = config["items"] else { return "config.items is missing" }
    guard items.elements != nil || isDynamic(items) else { return "config.items must be a list" }
    if let flag = config["failOnItemFailure"], !flag.isNull, flag.boolValue == nil, !isDynamic(flag) {
      return "config.failOnItemFailure must be a boolean"
    }
    return config["_nodes"]?.elements == nil ? "config._nodes must be a list of nodes" : nil
  }
}
