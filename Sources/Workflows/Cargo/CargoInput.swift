package import WireTypes

/// What a cargo was loaded with, as the record of its item keeps it:
/// `{"model", "callback_url", "request", "params"}`.
package struct CargoInput: Sendable, Equatable {
  package let model: String
  package let callbackURL: String
  /// Digest of the load request, in hexadecimal digits; tells a replay under one key from another request.
  package let request: String
  package let params: JSONValue

  package init(model: String, callbackURL: String, request: String, params: JSONValue) {
    self.model = model
    self.callbackURL = callbackURL
    self.request = request
    self.params = params
  }

  /// Nil for the input of another dialect.
  package init?(_ item: WorkItem) {
    guard item.dialect == .cargo,
      let json = try? JSONValue(parsing: Array(item.input.utf8), nestingMax: CargoInput.nestingMax),
      let model = json["model"]?.stringValue, let url = json["callback_url"]?.stringValue, let params = json["params"]
    else { return nil }
    self.init(model: model, callbackURL: url, request: json["request"]?.stringValue ?? "", params: params)
  }

  package var text: String {
    JSONValue.object([
      JSONMember("model", .string(model)), JSONMember("callback_url", .string(callbackURL)),
      JSONMember("request", .string(request)), JSONMember("params", params),
    ]).encoded
  }

  /// What the conductor asks of every cargo, without a look at the parameters. Nil for the input of another dialect.
  package static func envelope(_ item: WorkItem) -> (model: String, callbackURL: String)? {
    guard item.dialect == .cargo else { return nil }
    if let length = lengthBeforeParameters(item.input),
      let json = try? JSONValue(parsing: Array(item.input.utf8.prefix(length)) + [UInt8(ascii: "}")]),
      let model = json["model"]?.stringValue, let url = json["callback_url"]?.stringValue
    {
      return (model, url)
    }
    return CargoInput(item).map { ($0.model, $0.callbackURL) }
  }

  /// Bytes before the last member that `text` writes. No string of JSON holds the bytes that are looked for: a quote
  /// within one has a backslash before it. What comes before is no object when the member is one of another object.
  private static func lengthBeforeParameters(_ text: String) -> Int? {
    let (bytes, member) = (text.utf8Span.span, parametersMember.utf8Span.span)
    var start = 0
    while start + member.count <= bytes.count {
      var length = 0
      while length < member.count, bytes[start + length] == member[length] { length += 1 }
      if length == member.count { return start }
      start += 1
    }
    return nil
  }

  private static let parametersMember = #","params":"#

  /// One more than requests may have.
  static let nestingMax = 70
}
