import NIOHTTP1
import Platform
import Synchronization
import WireTypes

/// Watches one life from outside: waits for its tokens and reads its step counts.
final class ChaosWitness: Sendable {
  private struct Seen {
    var tokens: [(token: String, records: Int)] = []
    var completeRecords = 0
    var completeTokens = 0
    var steps: Int64 = 0
    var isOver = false
    var violations: [String] = []
  }

  private let port: Int
  private let seen = Mutex(Seen())

  init(port: Int) { self.port = port }

  func told(_ token: String, _ records: Int) { seen.withLock { $0.tokens.append((token, records)) } }
  /// Nothing more will come.
  func end() { seen.withLock { $0.isOver = true } }

  var completeRecords: Int { seen.withLock { $0.completeRecords } }
  var completeTokens: Int { seen.withLock { $0.completeTokens } }
  var steps: Int64 { seen.withLock { $0.steps } }
  var violations: [String] { seen.withLock { $0.violations } }

  private func next(_ index: Int) -> (token: String, records: Int)? {
    seen.withLock { index < $0.tokens.count ? $0.tokens[index] : nil }
  }

  /// Waits for token after token until the server goes away.
  func waitForTokens() async {
    guard let connection = try? await LoopbackConnection.open(port: port) else { return }
    defer { connection.close() }
    var index = 0
    while !seen.withLock({ $0.isOver }) {
      guard let (token, records) = next(index) else {
        try? await Task.sleep(for: .milliseconds(2))
        continue
      }
      guard let answer = try? await connection.send(.GET, ChaosWitness.status(token, "wait=2s")) else { return }
      switch answer.status {
      case 200:
        let accepted = (try? JSONValue(parsing: answer.body))?["accepted"]?.integerValue
        seen.withLock {
          $0.completeRecords += records
          $0.completeTokens += 1
          if accepted != Int64(records) {
            $0.violations.append("a token of \(records) records speaks of \(accepted ?? -1)")
          }
        }
        index += 1
      case 202: continue
      case 410, 503: return
      default:
        seen.withLock { $0.violations.append("a status answered \(answer.status): \(answer.text.prefix(300))") }
        return
      }
    }
  }

  /// Reads the step count until the server goes away: it never goes back.
  func watchSteps() async {
    guard let connection = try? await LoopbackConnection.open(port: port) else { return }
    defer { connection.close() }
    while !seen.withLock({ $0.isOver }) {
      guard let answer = try? await connection.send(.GET, "\(ChaosClient.path)/stats") else { return }
      if answer.status == 200, let steps = ChaosWitness.metrics(answer)?["total_completed_steps"]?.integerValue {
        seen.withLock {
          if steps < $0.steps { $0.violations.append("total_completed_steps went back from \($0.steps) to \(steps)") }
          $0.steps = max($0.steps, steps)
        }
      }
      try? await Task.sleep(for: .milliseconds(10))
    }
  }

  static func metrics(_ answer: LoopbackConnection.Answer) -> JSONValue? {
    (try? JSONValue(parsing: answer.body))?["global_metrics"]
  }

  static func status(_ token: String, _ more: String) -> String {
    "\(ChaosClient.path)/completion_status?token=\(percentEncoded(token))&\(more)"
  }

  static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { out, byte in
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      if isPlain || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte) {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        out += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
  }
}
