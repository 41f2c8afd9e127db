import NIOHTTP1
import Platform
import WireTypes

/// A request whose answer a client may have missed.
struct ChaosRequest: Sendable {
  /// Ids of its records.
  let ids: Range<Int64>
  let key: String?

  var body: [UInt8] { Array(ids.map { "{\"id\":\($0)}" }.joined(separator: "\n").utf8) }
  var headers: [(String, String)] { key.map { [("idempotency-key", $0)] } ?? [] }
}

/// What a client knows when its server is gone.
struct ChaosNotes: Sendable {
  /// Answered with a token.
  var acknowledged: [(request: ChaosRequest, token: String)] = []
  /// Whether it counts, nobody knows.
  var unknown: ChaosRequest?
  var violations: [String] = []
}

/// Pushes small requests until the server goes away.
struct ChaosClient: Sendable {
  static let path = "/v0/pipelines/chaos"
  static let ingressPath = "\(path)/ingress/t?format=json&update_format=raw"

  let port: Int
  /// Whether each request has a key, so that it may be repeated.
  let isKeyed: Bool
  let firstID: Int64
  let random: SeededRandom
  /// Tokens go there as they come.
  let told: @Sendable (_ token: String, _ records: Int) -> Void

  func run() async -> ChaosNotes {
    var notes = ChaosNotes()
    guard let connection = try? await LoopbackConnection.open(port: port) else { return notes }
    defer { connection.close() }
    let sizes: [Int64] = [1, 1, 7, 200]
    var next = firstID
    while true {
      let count = sizes[Int(random.next(below: UInt64(sizes.count)))]
      let request = ChaosRequest(ids: next..<next + count, key: isKeyed ? "k\(next)" : nil)
      next += count
      do {
        let answer = try await connection.send(
          .POST, ChaosClient.ingressPath, headers: request.headers, body: request.body)
        guard answer.status == 200, let token = ChaosClient.token(answer) else {
          notes.unknown = request
          if ![410, 503].contains(answer.status) {
            notes.violations.append("ingress answered \(answer.status): \(answer.text.prefix(500))")
          }
          return notes
        }
        notes.acknowledged.append((request, token))
        told(token, Int(count))
      } catch let LoopbackConnection.Failure.timedOut(what) {
        notes.violations.append("\(LoopbackConnection.Failure.timedOut(what))")
        notes.unknown = request
        return notes
      } catch {
        notes.unknown = request
        return notes
      }
    }
  }

  static func token(_ answer: LoopbackConnection.Answer) -> String? {
    (try? JSONValue(parsing: answer.body))?["token"]?.stringValue
  }
}
