import ConnectorKit
import Connectors
import DataModel
import PipelineModel
import Platform

/// Ready-made schemas, connectors and loops.
enum Fixtures {
  static func schema(_ columns: [(String, ColumnType)], nullable: Bool = true) -> Schema {
    Schema(fields: columns.map { Field(name: SQLIdentifier($0.0), type: $0.1, nullable: nullable) })
  }

  static let wide = schema([
    ("i", .integer), ("b", .boolean), ("t", .varchar(length: 7)), ("w", .varchar(length: nil)),
    ("d", .decimal(precision: 10, scale: 2)), ("r", .real), ("x", .double), ("day", .date), ("ts", .timestamp),
    ("tm", .time), ("u", .uuid), ("bin", .varbinary(length: 4)),
  ])

  static func connector(_ transport: String, _ config: String, _ rest: String = "") throws -> ConnectorConfiguration {
    let text = "[{\"transport\":{\"name\":\"\(transport)\",\"config\":\(config)}\(rest)}]"
    guard let first = try ConnectorConfiguration.parse(text).first else {
      throw ConnectorError(.fatal, "no connector in \(text)")
    }
    return first
  }

  static func datagen(_ config: String, _ schema: Schema) throws -> any Source {
    try ConnectorRegistry.makeSource(try connector("datagen", config), schema: schema)
  }

  /// Message of the error that making the source gives; nil when there is none.
  static func datagenError(_ config: String, _ schema: Schema) -> String? {
    do {
      _ = try datagen(config, schema)
      return nil
    } catch {
      return "\(error)"
    }
  }

  static func rows(_ chunk: SourceChunk) -> [[Value]] {
    (0..<chunk.rows.count).map { row in chunk.rows.columns.map { $0.value(at: row) } }
  }

  /// All chunks from `resume` on, asked for in sizes that the generator draws.
  static func drain(
    _ source: any Source, from resume: ResumePoint?, most: Int, _ random: SeededRandom
  ) throws -> [SourceChunk] {
    try source.start(from: resume)
    var chunks: [SourceChunk] = []
    while case .chunk(let chunk) = try source.next(recordsMax: Int(random.next(below: UInt64(most))) + 1, now: 0) {
      chunks.append(chunk)
    }
    return chunks
  }

  static func temporaryDirectory() throws -> String {
    let path = "/tmp/tidemark-connectors-\(SystemRandom().next())"
    try PosixFileSystem().createDirectories(path)
    return path
  }

  static func batch(_ numbers: [Int64], weights: [Int64]? = nil) -> ColumnBatch {
    var builder = ColumnBuilder(.int64)
    for number in numbers { builder.append(int64: number) }
    return ColumnBatch(columns: [builder.finish()], weights: weights ?? numbers.map { _ in 1 })
  }
}
