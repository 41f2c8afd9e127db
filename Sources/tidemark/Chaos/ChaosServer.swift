import Platform

/// The server under test: this very program as `serve` over the scratch directory, killed and started again.
final class ChaosServer {
  let directory: String
  /// Records what it writes, when power cuts are wanted.
  private let disk: RecordedDisk?
  private(set) var port = 0
  private var process: SpawnedProcess?
  private var lives = 0
  private let fileSystem = PosixFileSystem()

  struct Fault: Error, CustomStringConvertible { let description: String }

  init(directory: String, disk: RecordedDisk?) {
    self.directory = directory
    self.disk = disk
  }

  /// All that has to survive lies there.
  static func root(in directory: String) -> String { "\(directory)/disk" }
  var root: String { ChaosServer.root(in: directory) }
  var logPath: String { "\(directory)/server-\(lives).log" }

  /// Starts a life; its port is known when `awaitPort` has answered.
  func start() throws(Fault) {
    if lives > 1 { try? fileSystem.remove("\(directory)/server-\(lives - 1).log") }
    lives += 1
    let inherited = ChildProcess.environment
    guard let program = ChildProcess.ownPath,
      let process = SpawnedProcess(
        program, ["serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", "\(root)/data"],
        environment: disk?.environment(inherited) ?? inherited, output: logPath)
    else { throw Fault(description: "the server cannot be started") }
    self.process = process
  }

  /// Waits until requests are answered. False when the server was killed meanwhile.
  /// Errors: it ended by itself, or is not ready within 30 seconds.
  func awaitPort() async throws -> Bool {
    let marker = "listening on 127.0.0.1:"
    for _ in 0..<6000 {
      let text = (try? fileSystem.read(logPath)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      if let found = text.firstRange(of: marker) {
        port = Int(text[found.upperBound...].prefix { $0.isNumber }) ?? 0
        if port > 0, text[found.upperBound...].contains(where: { !$0.isNumber }) { return true }
      }
      if let ending = process?.poll() {
        if ending == .killed(9) { return false }
        throw Fault(description: "the server ended by itself, \(ending): \(text.suffix(1000))")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Fault(description: "the server is not ready within 30 s, see \(logPath)")
  }

  /// kill -9. Nil when that is how it ended; else what it had done before by itself.
  func kill() async -> String? {
    guard let process else { return nil }
    self.process = nil
    process.kill()
    // Ends at once.
    switch process.wait() {
    case .killed(9), nil: return nil
    case .some(let ending): return "the server ended by itself, \(ending): \(logTail)"
    }
  }

  var logTail: String {
    let bytes = (try? fileSystem.read(logPath)) ?? []
    return String(decoding: bytes.suffix(1000), as: UTF8.self)
  }

  /// SIGTERM. Nil when it ended in order.
  func stop() -> String? {
    guard let process else { return nil }
    self.process = nil
    process.terminate()
    switch process.wait() {
    case .exited(0), nil: return nil
    case .some(let ending): return "the server did not stop in order, \(ending): \(logTail)"
    }
  }
}
