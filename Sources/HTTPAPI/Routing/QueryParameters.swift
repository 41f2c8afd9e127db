import PipelineModel
package import PipelineRuntime

/// Decoded query string; the first of repeated names counts.
package struct QueryParameters: Sendable {
  private let values: [String: String]

  package init(_ text: Substring) throws(PipelineError) {
    var values: [String: String] = [:]
    for part in text.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try PercentCoding.decode(pair[0], plusIsBlank: true)
      let value = pair.count > 1 ? try PercentCoding.decode(pair[1], plusIsBlank: true) : ""
      if values[name] == nil { values[name] = value }
    }
    self.values = values
  }

  package subscript(_ name: String) -> String? { values[name] }

  package var names: Set<String> { Set(values.keys) }

  package func required(_ name: String) throws(PipelineError) -> String {
    guard let value = values[name] else {
      throw PipelineError(.missingUrlEncodedParam, "the query parameter '\(name)' is missing")
    }
    return value
  }

  package func flag(_ name: String, default fallback: Bool) throws(PipelineError) -> Bool {
    switch values[name] {
    case nil: return fallback
    case "true": return true
    case "false": return false
    case .some(let other):
      throw PipelineError(
        .invalidParam, "the query parameter '\(name)' must be true or false, not '\(other)'")
    }
  }

  package func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, default fallback: Choice
  ) throws(PipelineError) -> Choice where Choice.RawValue == String {
    guard let text = values[name] else { return fallback }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw PipelineError(
        .invalidParam, "the query parameter '\(name)' must be one of \(known), not '\(text)'")
    }
    return choice
  }
}
