package import Formats

package extension InputFormat {
  /// The format that a request's parameters ask for; absent ones take the defaults: CSV, `insert_delete`,
  /// `default`.
  ///
  /// CSV ignores `jsonFlavor` and `array`. Errors: `invalidParameter` naming what is supported.
  static func parse(
    format: String?, updateFormat: String?, jsonFlavor: String?, array: Bool
  ) throws(IngressError) -> InputFormat {
    let kind = try oneOf(Kind.self, "format", format, ["csv", "json"]) ?? .csv
    let update = try oneOf(UpdateFormat.self, "update_format", updateFormat, ["insert_delete", "raw"])
    if kind == .json, let jsonFlavor, jsonFlavor != "default" {
      throw unsupported("json_flavor", jsonFlavor, ["default"])
    }
    return InputFormat(kind: kind, updateFormat: update ?? .insertDelete, array: array)
  }

  private static func oneOf<Choice: RawRepresentable<String>>(
    _ type: Choice.Type, _ parameter: String, _ text: String?, _ supported: [String]
  ) throws(IngressError) -> Choice? {
    guard let text else { return nil }
    guard let choice = Choice(rawValue: text) else { throw unsupported(parameter, text, supported) }
    return choice
  }

  private static func unsupported(_ parameter: String, _ text: String, _ supported: [String]) -> IngressError
  {
    IngressError(
      .invalidParameter,
      "\(parameter) '\(text.prefix(64))' is not supported; supported: \(supported.joined(separator: ", "))")
  }
}
