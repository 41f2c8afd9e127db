import Completion
import ConnectorKit
import Connectors
import DataModel
import Ingress
import InputLog
import Outputs
import PipelineModel
import Platform
import SQLFrontend
import StorageAPI

/// The connectors that a program declares, parsed and ready to be made.
struct PipelineConnectors: Sendable {
  struct Declared: Sendable {
    let relation: SQLIdentifier
    let schema: Schema
    let configuration: ConnectorConfiguration
    /// Columns of a table that are left out.
    var skipped: Set<Int> = []

    /// `{canonical relation name}.{connector}`.
    var endpointName: String { "\(relation.canonical).\(configuration.name)" }
  }

  struct FeedParts {
    let appender: LogAppender
    let endpoints: EndpointRegistry
    let store: any OrderedStore
    let clock: any PipelineClock
    let processedEnd: @Sendable () -> Offset
    /// Why the storage has no room for more; nil when it has. May block.
    let shortage: @Sendable () -> String?
  }

  let sources: [Declared]
  let outputs: [Declared]

  /// Errors: `connectorFailure` naming the connector when its JSON text or its transport's settings are
  /// wrong.
  init(_ program: Program) throws(PipelineError) {
    var sources: [Declared] = []
    for table in program.tables {
      for var declared in try PipelineConnectors.parse(table.connectors, of: table.name, table.schema) {
        declared.skipped = table.skippedColumns
        sources.append(declared)
      }
    }
    var outputs: [Declared] = []
    for view in program.views {
      outputs += try PipelineConnectors.parse(view.connectors, of: view.name, view.schema)
    }
    self.sources = sources
    self.outputs = outputs
  }

  private static func parse(
    _ text: String?, of relation: SQLIdentifier, _ schema: Schema
  ) throws(PipelineError) -> [Declared] {
    guard let text else { return [] }
    do {
      return try ConnectorConfiguration.parse(text).map {
        Declared(relation: relation, schema: schema, configuration: $0)
      }
    } catch {
      throw PipelineError(.connectorFailure, "connectors of '\(relation)': \(error.message)")
    }
  }

  /// Relations that sinks take.
  var observedRelations: Set<SQLIdentifier> { Set(outputs.map(\.relation)) }

  var sinks: [SinkSpec] {
    outputs.map { declared in
      let (configuration, schema) = (declared.configuration, declared.schema)
      return SinkSpec(
        name: declared.endpointName, relation: declared.relation, schema: schema,
        make: { () throws(ConnectorError) in try ConnectorRegistry.makeSink(configuration, schema: schema) })
    }
  }

  /// One feed a source, not started. A source that cannot be made fails here, before the pipeline runs.
  func feeds(_ parts: FeedParts) throws(PipelineError) -> [SourceFeed] {
    var feeds: [SourceFeed] = []
    for declared in sources {
      let (configuration, schema) = (declared.configuration, declared.schema)
      do { _ = try ConnectorRegistry.makeSource(configuration, schema: schema) } catch {
        throw PipelineError(.connectorFailure, "connector '\(declared.endpointName)': \(error.message)")
      }
      var setup = SourceFeed.Setup(
        name: declared.endpointName,
        table: IngressTable(name: declared.relation, schema: schema, skipped: declared.skipped),
        endpoint: parts.endpoints.connector(table: declared.relation, name: configuration.name),
        paused: configuration.paused, processedEnd: parts.processedEnd,
        makeSource: { () throws(ConnectorError) in
          try ConnectorRegistry.makeSource(configuration, schema: schema)
        })
      setup.shortage = parts.shortage
      setup.queuedRecordsMax = UInt64(clamping: configuration.maxQueuedRecords)
      feeds.append(
        SourceFeed(setup, appender: parts.appender, store: parts.store, clock: parts.clock))
    }
    return feeds
  }
}

/// Faults in the `connectors` property that the compiler reports.
enum ConnectorCheck {
  /// Compiles a program and checks its connectors. Takes as long as the text is large: on the pool.
  static func compile(_ text: String) -> Result<Program, SQLErrors> {
    let result = SQLCompiler.compile(text)
    guard case .success(let program) = result else { return result }
    let problems = problems(of: program)
    return problems.isEmpty ? result : .failure(SQLErrors(problems))
  }

  private static func problems(of program: Program) -> [SQLDiagnostic] {
    let declared =
      program.tables.map { ($0.name, $0.connectors) } + program.views.map { ($0.name, $0.connectors) }
    return declared.compactMap { (name, text) -> SQLDiagnostic? in
      guard let text else { return nil }
      do throws(ConnectorError) {
        _ = try ConnectorConfiguration.parse(text)
        return nil
      } catch {
        return SQLDiagnostic(
          range: SourceRange(startLine: 1, startColumn: 1, endLine: 1, endColumn: 1), isWarning: false,
          errorType: "Connector error", message: "connectors of '\(name)': \(error.message)", snippet: "")
      }
    }
  }
}
