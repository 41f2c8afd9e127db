import ArgumentParser
import HTTPAPI
import Logging
import Platform
import WireTypes

/// Settings of the server. In the configuration file, one JSON object, each has the name given here.
struct ServerConfiguration: Equatable {
  enum LogFormat: String, CaseIterable, ExpressibleByArgument { case text, json }

  enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical
  }

  /// `host`: address to listen on.
  var host = "127.0.0.1"
  /// `port`: 0 to 65535; 0 chooses a free one.
  var port = 8080
  /// `data_dir`: directory of all pipelines.
  var dataDirectory = "tidemark-data"
  /// `log_format`: `text` or `json`, on standard error.
  var logFormat = LogFormat.text
  /// `log_level`: the least level that is written.
  var logLevel = LogLevel.info
  /// `connections_max`: connections served at once, 1 to 1000000; further ones wait in the kernel's queue.
  var connectionsMax = Limits.connectionsMax
  /// `idle_timeout_secs`: seconds, 1 to 86400, after which a connection that sends nothing is closed.
  var idleTimeoutSeconds = 300
  /// `shutdown_grace_secs`: seconds, 0 to 3600, that requests in progress may take after a stop was asked.
  var shutdownGraceSeconds = 10
  /// `blocking_threads`: threads for disk work and queries, 1 to 256.
  var blockingThreads = 8

  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  /// Takes the settings of a file. An unknown name, a wrong type or a value out of range is an error that
  /// names it.
  mutating func merge(text: [UInt8], file: String) throws(Fault) {
    let json: JSONValue
    do { json = try JSONValue(parsing: text) } catch {
      throw Fault(description: "\(file): not JSON: \(error.message) at byte \(error.offset)")
    }
    guard let members = json.members else {
      throw Fault(description: "\(file): must hold an object, not \(json.kind)")
    }
    for member in members {
      do throws(Fault) { try set(member.name, member.value) } catch {
        throw Fault(description: "\(file): \(error.description)")
      }
    }
  }

  private mutating func set(_ name: String, _ value: JSONValue) throws(Fault) {
    switch name {
    case "host": host = try text(name, value)
    case "port": port = try integer(name, value)
    case "data_dir": dataDirectory = try text(name, value)
    case "log_format": logFormat = try choice(name, value)
    case "log_level": logLevel = try choice(name, value)
    case "connections_max": connectionsMax = try integer(name, value)
    case "idle_timeout_secs": idleTimeoutSeconds = try integer(name, value)
    case "shutdown_grace_secs": shutdownGraceSeconds = try integer(name, value)
    case "blocking_threads": blockingThreads = try integer(name, value)
    default: throw Fault(description: "unknown setting '\(name)'")
    }
  }

  private func text(_ name: String, _ value: JSONValue) throws(Fault) -> String {
    guard let text = value.stringValue else {
      throw Fault(description: "'\(name)' must be a string, not \(value.kind)")
    }
    return text
  }

  private func integer(_ name: String, _ value: JSONValue) throws(Fault) -> Int {
    guard let integer = value.integerValue else {
      throw Fault(description: "'\(name)' must be an integer, not \(value.kind)")
    }
    return Int(integer)
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ value: JSONValue
  ) throws(Fault) -> Choice where Choice.RawValue == String {
    let text = try text(name, value)
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw Fault(description: "'\(name)' must be one of \(known), not '\(text)'")
    }
    return choice
  }

  /// Checks the ranges, wherever the values came from.
  func check() throws(Fault) {
    let ranges: [(name: String, value: Int, range: ClosedRange<Int>)] = [
      ("port", port, 0...65_535), ("connections_max", connectionsMax, 1...1_000_000),
      ("idle_timeout_secs", idleTimeoutSeconds, 1...86_400),
      ("shutdown_grace_secs", shutdownGraceSeconds, 0...3600), ("blocking_threads", blockingThreads, 1...256),
    ]
    for setting in ranges where !setting.range.contains(setting.value) {
      throw Fault(
        description: "'\(setting.name)' must be \(setting.range.lowerBound) to \(setting.range.upperBound), "
          + "not \(setting.value)")
    }
    if host.isEmpty { throw Fault(description: "'host' is empty") }
    if dataDirectory.isEmpty { throw Fault(description: "'data_dir' is empty") }
  }

  var server: APIServerConfiguration {
    var server = APIServerConfiguration()
    server.host = host
    server.port = port
    server.connectionsMax = connectionsMax
    server.idleTimeoutSeconds = idleTimeoutSeconds
    server.shutdownGraceSeconds = shutdownGraceSeconds
    server.headerBytesMax = Limits.requestHeaderBytesMax
    return server
  }
}
