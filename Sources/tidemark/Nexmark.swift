import ArgumentParser
import ConnectorKit
import Connectors
import Platform

/// `tidemark nexmark`: writes the Nexmark tables as files.
struct Nexmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write Nexmark events as files: DIR/TABLE.FORMAT, or with --parts DIR/TABLE/part-K.FORMAT.",
    discussion: "Of 50 events 1 is a person, 3 are auctions and 46 are bids. Equal options give equal files.")

  @Option(help: "Events of all tables together.")
  var events: UInt64 = 1_000_000

  @Option(help: "ndjson or csv.")
  var format = NexmarkText.Format.ndjson

  @Option(help: "Directory of the files; created when missing.")
  var out: String

  @Option(help: "Files a table, each over the whole time; 0: one file without a folder.")
  var parts = 0

  @Option(help: "Seed of all that is random.")
  var seed: UInt64 = 1

  @Option(help: "Events a second of event time.")
  var rate: Int64 = NexmarkModel.rateDefault

  @Option(help: "Only this table: person, auction or bid; all without.")
  var table: NexmarkTable?

  func validate() throws {
    guard (0...1000).contains(parts) else { throw ValidationError("--parts must be 0 to 1000") }
  }

  func run() throws {
    do {
      let model = try NexmarkModel(seed: seed, events: events, rate: rate)
      let files = NexmarkFiles(model, format: format, directory: out, parts: parts)
      for table in table.map({ [$0] }) ?? NexmarkTable.allCases {
        let written = try files.write(table)
        print("\(table.rawValue): \(written.rows) rows, \(written.bytes) bytes")
      }
    } catch {
      StandardError.write("tidemark: \(error)\n")
      throw ExitCode(1)
    }
  }
}

extension NexmarkText.Format: ExpressibleByArgument {}
extension NexmarkTable: ExpressibleByArgument {}
