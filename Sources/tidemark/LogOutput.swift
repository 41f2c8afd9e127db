import Foundation
import Logging
import PipelineModel
import Platform
import WireTypes

/// Where log lines go: standard error, as text or as one JSON object a line.
enum LogOutput {
  /// Sets up the process's logging; once a process.
  static func start(_ configuration: ServerConfiguration) -> Logger {
    let level = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
    switch configuration.logFormat {
    case .text: LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    case .json: LoggingSystem.bootstrap { JSONLogHandler(label: $0) }
    }
    var logger = Logger(label: "tidemark")
    logger.logLevel = level
    return logger
  }

  /// For libraries that tell more than an operator wants at the info level.
  static func quiet(_ logger: Logger) -> Logger {
    var quiet = logger
    if quiet.logLevel == .info { quiet.logLevel = .notice }
    return quiet
  }
}

enum StandardError {
  static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// One JSON object a line: `time`, `level`, `label`, `message`, then the metadata as strings.
struct JSONLogHandler: LogHandler {
  let label: String
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  init(label: String) { self.label = label }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var members = [
      JSONMember("time", .string(SystemClock().wall().rfc3339)),
      JSONMember("level", .string(event.level.rawValue)), JSONMember("label", .string(label)),
      JSONMember("message", .string(event.message.description)),
    ]
    if let error = event.error { members.append(JSONMember("error", .string("\(error)"))) }
    let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      members.append(JSONMember(key, .string(value.description)))
    }
    StandardError.write(JSONValue.object(members).encoded + "\n")
  }
}
