import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform

/// How long a request wants to be parked: `?wait=30s`, `30`, `500ms`, `2m`, or `Prefer: wait=30`.
package enum WaitTime {
  private static let secondsMax = Double(Limits.waitNanosecondsMax) / 1e9

  /// Seconds, at most the server's limit; nil when no wait was asked for. The query parameter goes first.
  static func read(_ call: APICall) throws(PipelineError) -> Double? {
    if let text = call.query["wait"] {
      guard let seconds = parse(text) else {
        throw PipelineError(.invalidParam, "'wait' must be a time such as 30s, 30 or 500ms, not '\(text)'")
      }
      return seconds
    }
    guard let name = HTTPField.Name("prefer"), let header = call.request.headers[name] else { return nil }
    return preferred(header)
  }

  package static func parse(_ text: String) -> Double? {
    let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("", 1)]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let digits = text.dropLast(unit.suffix.count)
    guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let count = Double(digits)
    else { return nil }
    return min(count * unit.seconds, secondsMax)
  }

  /// RFC 7240: a preference that is not understood is ignored.
  package static func preferred(_ header: String) -> Double? {
    for preference in header.split(whereSeparator: { $0 == "," || $0 == ";" }) {
      let pair = preference.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" } }
      if pair.count == 2, pair[0].lowercased() == "wait", let seconds = parse(pair[1]) { return seconds }
    }
    return nil
  }
}
