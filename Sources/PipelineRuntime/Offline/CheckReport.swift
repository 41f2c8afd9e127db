/// What an offline check of a data directory found, as lines for the operator.
package struct CheckReport: Sendable {
  package private(set) var lines: [String] = []
  package private(set) var problems: [String] = []

  mutating func note(_ text: String) { lines.append(text) }

  mutating func problem(_ text: String) {
    problems.append(text)
    lines.append("PROBLEM \(text)")
  }
}
