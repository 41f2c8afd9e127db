import AccessControl
import ArgumentParser
import HTTPAPI
import Logging
import Platform
import WireTypes
import Workflows

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

  /// `providers`: by name, what answers the items of the cargo, batch and orchestration dialects.
  var providers: [ProviderConfiguration] = []
  /// `default_provider`: for items that name none.
  var defaultProvider = "echo"
  /// `cargo`: when cargo becomes a batch, and how its provider and its callbacks are tried.
  var cargo = CargoSettings()
  /// `work`: an object with `retention_secs` (1 to 315360000): how long results of work are kept after its end, and
  /// `batch_memory_bytes` (1048576 to 1099511627776): what batches of chosen records and files may take together.
  var workRetentionSeconds = Int(WorkRetention.secondsDefault)
  var batchMemoryBytes = Limits.batchMemoryBytes
  /// `callback_ca_file`: PEM file of certificates that servers we call may descend from, beside the system's.
  var callbackTrustFile: String?
  /// `auth`: `none` or `required`; without it `none`, and then only on loopback.
  var authentication: AuthenticationMode?
  /// `key_limits` and `project_limits`: objects with `requests`, `records`, `bytes` in `window_secs` (3600), for
  /// every key and every project that has no limits of its own; kept only with `auth` `required`.
  var keyLimits: QuotaLimits?
  var projectLimits: QuotaLimits?
  /// `header_bytes_max` (8192 to 1048576), `url_bytes_max` (8192 to 65536), `body_bytes_max` (1024 to 1073741824;
  /// bodies with records have no such limit) and `json_depth_max` (4 to 256) of one request.
  ///
  /// `head_timeout_secs` (0 to 86400): how long the head of a request may take from its first byte;
  /// `body_bytes_per_sec_min` (0 to 1073741824): what a body must make on average when it takes longer than
  /// `body_grace_secs` (1 to 86400). 0: no limit.
  var limits = RequestLimits()

  /// `tls`: an object with `certificate_file` and `key_file`, both PEM; with it the server speaks only TLS.
  var tls: TLSFiles?

  /// The chain begins with the server's own certificate; the key has no passphrase.
  struct TLSFiles: Equatable {
    let certificateFile: String
    let keyFile: String
  }

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
    case "providers":
      guard let members = value.members else { throw Fault(description: "'providers' must be an object") }
      do throws(ProviderRegistry.Fault) {
        providers = []
        for member in members {
          providers.append(try ProviderConfiguration(name: member.name, json: member.value))
        }
      } catch { throw Fault(description: error.description) }
    case "default_provider": defaultProvider = try text(name, value)
    case "cargo":
      do throws(CargoSettings.Fault) { cargo = try CargoSettings(json: value) } catch {
        throw Fault(description: error.description)
      }
    case "work": try setWork(value)
    case "log_format": logFormat = try choice(name, value)
    case "log_level": logLevel = try choice(name, value)
    case "connections_max": connectionsMax = try integer(name, value)
    case "idle_timeout_secs": idleTimeoutSeconds = try integer(name, value)
    case "shutdown_grace_secs": shutdownGraceSeconds = try integer(name, value)
    case "blocking_threads": blockingThreads = try integer(name, value)
    case "tls": tls = try tlsFiles(value)
    case "callback_ca_file": callbackTrustFile = try text(name, value)
    case "auth": authentication = try choice(name, value) as AuthenticationMode
    case "header_bytes_max": limits.headerBytes = try integer(name, value)
    case "url_bytes_max": limits.urlBytes = try integer(name, value)
    case "body_bytes_max": limits.bodyBytes = try integer(name, value)
    case "json_depth_max": limits.nesting = try integer(name, value)
    case "head_timeout_secs": limits.pace.headSeconds = try integer(name, value)
    case "body_grace_secs": limits.pace.bodyGraceSeconds = try integer(name, value)
    case "body_bytes_per_sec_min": limits.pace.bodyBytesPerSecond = try integer(name, value)
    case "key_limits": keyLimits = try quota(name, value)
    case "project_limits": projectLimits = try quota(name, value)
    default: throw Fault(description: "unknown setting '\(name)'")
    }
  }

  private mutating func setWork(_ value: JSONValue) throws(Fault) {
    guard let members = value.members else { throw Fault(description: "'work' must be an object, not \(value.kind)") }
    for member in members {
      switch member.name {
      case "retention_secs": workRetentionSeconds = try integer("work.retention_secs", member.value)
      case "batch_memory_bytes": batchMemoryBytes = try integer("work.batch_memory_bytes", member.value)
      default: throw Fault(description: "unknown setting 'work.\(member.name)'")
      }
    }
  }

  private func quota(_ name: String, _ value: JSONValue) throws(Fault) -> QuotaLimits {
    guard let members = value.members else {
      throw Fault(description: "'\(name)' must be an object, not \(value.kind)")
    }
    var limits = QuotaLimits(windowSeconds: QuotaLimits.windowSecondsDefault)
    for member in members {
      let path = "\(name).\(member.name)"
      let number = try integer(path, member.value)
      guard number >= 0 else { throw Fault(description: "'\(path)' must not be negative") }
      switch member.name {
      case "requests": limits.requests = UInt64(number)
      case "records": limits.records = UInt64(number)
      case "bytes": limits.bytes = UInt64(number)
      case "window_secs":
        guard (1...Int(QuotaLimits.windowSecondsMax)).contains(number) else {
          throw Fault(description: "'\(path)' must be 1 to \(QuotaLimits.windowSecondsMax), not \(number)")
        }
        limits.windowSeconds = UInt64(number)
      default: throw Fault(description: "unknown setting '\(path)'")
      }
    }
    return limits
  }

  private func tlsFiles(_ value: JSONValue) throws(Fault) -> TLSFiles {
    guard let members = value.members else { throw Fault(description: "'tls' must be an object, not \(value.kind)") }
    var files: [String: String] = [:]
    for member in members {
      guard ["certificate_file", "key_file"].contains(member.name) else {
        throw Fault(description: "unknown setting 'tls.\(member.name)'")
      }
      files[member.name] = try text("tls.\(member.name)", member.value)
    }
    guard let certificate = files["certificate_file"], let key = files["key_file"] else {
      throw Fault(description: "'tls' needs 'certificate_file' and 'key_file'")
    }
    return TLSFiles(certificateFile: certificate, keyFile: key)
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
      ("header_bytes_max", limits.headerBytes, 8192...1 << 20), ("url_bytes_max", limits.urlBytes, 8192...65_536),
      ("work.retention_secs", workRetentionSeconds, 1...315_360_000),
      ("work.batch_memory_bytes", batchMemoryBytes, 1 << 20...1 << 40),
      ("head_timeout_secs", limits.pace.headSeconds, 0...86_400),
      ("body_grace_secs", limits.pace.bodyGraceSeconds, 1...86_400),
      ("body_bytes_per_sec_min", limits.pace.bodyBytesPerSecond, 0...1 << 30),
      ("body_bytes_max", limits.bodyBytes, 1024...1 << 30), ("json_depth_max", limits.nesting, 4...256),
    ]
    for setting in ranges where !setting.range.contains(setting.value) {
      throw Fault(
        description: "'\(setting.name)' must be \(setting.range.lowerBound) to \(setting.range.upperBound), "
          + "not \(setting.value)")
    }
    if authentication == nil, !isLoopback {
      throw Fault(
        description: "'\(host)' is not loopback, and without authentication everybody who reaches it may do "
          + "everything: give --auth required (and an admin key in TIDEMARK_ADMIN_KEY), or --auth none to allow that")
    }
    if host.isEmpty { throw Fault(description: "'host' is empty") }
    if dataDirectory.isEmpty { throw Fault(description: "'data_dir' is empty") }
  }

  /// Whether only this machine can reach the server.
  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  func access(adminKey: Secret?) -> AccessConfiguration {
    var access = AccessConfiguration()
    access.mode = authentication ?? .none
    access.adminKey = adminKey
    access.keyLimits = keyLimits
    access.projectLimits = projectLimits
    return access
  }

  var server: APIServerConfiguration {
    var server = APIServerConfiguration()
    server.host = host
    server.port = port
    server.connectionsMax = connectionsMax
    server.idleTimeoutSeconds = idleTimeoutSeconds
    server.shutdownGraceSeconds = shutdownGraceSeconds
    server.headerBytesMax = limits.headerBytes
    return server
  }
}
