import ConnectorKit
import Platform
import WireTypes

/// The body of `POST /cargo/load`, checked as Convoy checks it.
struct CargoLoadRequest: Sendable, Equatable {
  let model: String
  let callbackURL: String
  /// In lower case, without brackets.
  let callbackHost: String
  /// As given, with the defaults that were left out.
  let params: JSONValue

  /// Throws what is wrong with which field.
  init(_ bytes: [UInt8]) throws(CargoFailure) {
    let json: JSONValue
    do throws(JSONSyntaxError) { json = try JSONValue(parsing: bytes) } catch {
      throw CargoProblems.failure(
        ["body", .integer(error.offset)], "JSON decode error: \(error.message)", "json_invalid")
    }
    guard case .object = json else {
      throw CargoProblems.failure(
        ["body"], "Input should be a valid dictionary or object to extract fields from",
        "model_attributes_type")
    }
    var check = CargoFieldCheck()
    var params = JSONValue.null
    if let given = json["params"] {
      check.params(given)
      params = given
    } else {
      check.problems.missing(["body", "params"])
    }
    let url = check.text(json["callback_url"], ["body", "callback_url"])
    var host = ""
    if let url {
      do throws(OutboundTarget.Fault) { host = try OutboundTarget(url).host } catch {
        check.problems.add(["body", "callback_url"], "Value error, \(error.message)", "value_error")
      }
    }
    guard check.problems.isEmpty else { throw check.problems.failure }
    (callbackURL, callbackHost) = (url ?? "", host)
    model = params["model"]?.stringValue ?? ""
    if params["max_tokens"] == nil {
      params = .object((params.members ?? []) + [JSONMember("max_tokens", 1024)])
    }
    self.params = params
  }
}

/// Checks fields and collects what is wrong, in the words of pydantic.
struct CargoFieldCheck {
  var problems = CargoProblems()

  mutating func params(_ params: JSONValue) {
    let place: [JSONValue] = ["body", "params"]
    guard case .object = params else {
      problems.add(
        place, "Input should be a valid dictionary or object to extract fields from", "model_attributes_type")
      return
    }
    _ = text(params["model"], place + ["model"])
    messages(params["messages"], place + ["messages"])
    integer(params["max_tokens"], place + ["max_tokens"], from: 1)
    if let system = params["system"], !system.isNull { content(system, place + ["system"]) }
    share(params["temperature"], place + ["temperature"])
    share(params["top_p"], place + ["top_p"])
    integer(params["top_k"], place + ["top_k"], from: 0)
    if let stops = params["stop_sequences"], !stops.isNull {
      guard let elements = stops.elements else {
        problems.add(place + ["stop_sequences"], "Input should be a valid list", "list_type")
        return
      }
      for (index, element) in elements.enumerated() {
        _ = text(element, place + ["stop_sequences", .integer(index)])
      }
    }
  }

  /// A required string.
  mutating func text(_ value: JSONValue?, _ place: [JSONValue]) -> String? {
    guard let value else {
      problems.missing(place)
      return nil
    }
    if value.stringValue == nil { problems.add(place, "Input should be a valid string", "string_type") }
    return value.stringValue
  }

  private mutating func messages(_ value: JSONValue?, _ place: [JSONValue]) {
    guard let value else { return problems.missing(place) }
    guard let elements = value.elements else {
      return problems.add(place, "Input should be a valid list", "list_type")
    }
    for (index, element) in elements.enumerated() {
      let place = place + [.integer(index)]
      guard case .object = element else {
        problems.add(
          place, "Input should be a valid dictionary or object to extract fields from",
          "model_attributes_type")
        continue
      }
      _ = text(element["role"], place + ["role"])
      if let content = element["content"] {
        self.content(content, place + ["content"])
      } else {
        problems.missing(place + ["content"])
      }
    }
  }

  /// A string, or a list of text blocks.
  private mutating func content(_ value: JSONValue, _ place: [JSONValue]) {
    if value.stringValue != nil { return }
    guard let blocks = value.elements else {
      problems.add(place + ["str"], "Input should be a valid string", "string_type")
      return problems.add(place + ["list[TextBlock]"], "Input should be a valid list", "list_type")
    }
    for (index, block) in blocks.enumerated() {
      let place = place + ["list[TextBlock]", .integer(index)]
      guard case .object = block else {
        problems.add(
          place, "Input should be a valid dictionary or object to extract fields from",
          "model_attributes_type")
        continue
      }
      literal(block["type"], "text", place + ["type"])
      _ = text(block["text"], place + ["text"])
      guard let cache = block["cache_control"], !cache.isNull else { continue }
      literal(cache["type"], "ephemeral", place + ["cache_control", "type"])
    }
  }

  private mutating func literal(_ value: JSONValue?, _ wanted: String, _ place: [JSONValue]) {
    guard let value else { return problems.missing(place) }
    if value.stringValue != wanted { problems.add(place, "Input should be '\(wanted)'", "literal_error") }
  }

  private mutating func integer(_ value: JSONValue?, _ place: [JSONValue], from least: Int64) {
    guard let value, !value.isNull else { return }
    guard value.doubleValue != nil else {
      return problems.add(place, "Input should be a valid integer", "int_type")
    }
    guard let number = value.integerValue else {
      return problems.add(
        place, "Input should be a valid integer, got a number with a fractional part", "int_from_float")
    }
    if number < least {
      problems.add(place, "Input should be greater than or equal to \(least)", "greater_than_equal")
    }
  }

  /// From 0 to 1.
  private mutating func share(_ value: JSONValue?, _ place: [JSONValue]) {
    guard let value, !value.isNull else { return }
    guard let number = value.doubleValue else {
      return problems.add(place, "Input should be a valid number", "float_type")
    }
    if number < 0 {
      problems.add(place, "Input should be greater than or equal to 0", "greater_than_equal")
    } else if !(number <= 1) {
      problems.add(place, "Input should be less than or equal to 1", "less_than_equal")
    }
  }
}
