import ArgumentParser
import NIOHTTP1
import PipelineRuntime
import Platform
import WireTypes

/// `tidemark backup`: asks a running server for a copy of its data directory.
struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the data directory of a server on this machine while it runs.",
    discussion: """
      The copy lies in `backups/NAME` of the data directory and shares files with it, so that it costs little space \
      and time; move it elsewhere to be safe from a broken disk. Files that sinks have written are no part of it.
      """)

  @Option(help: "Port of the server.")
  var port = 8080

  @Option(help: "Environment variable that holds an API key with the scope admin, when the server asks for one.")
  var keyVariable = "TIDEMARK_API_KEY"

  @Option(help: "Name of the backup: letters, digits, '-' and '_'.")
  var name: String

  func run() async throws {
    do {
      let connection = try await LoopbackConnection.open(port: port)
      defer { connection.close() }
      let request: JSONValue = ["name": .string(name)]
      let key = ChildProcess.takeVariable(keyVariable).map { [("Authorization", "Bearer \($0)")] } ?? []
      let answer = try await connection.send(.POST, "/v0/backups", headers: key, body: request.encodedBytes)
      let body = try? JSONValue(parsing: answer.body)
      guard answer.status == 201, let path = body?["path"]?.stringValue else {
        StandardError.write("tidemark: \(body?["message"]?.stringValue ?? answer.text)\n")
        throw ExitCode(1)
      }
      print("\(path): \(body?["pipelines"]?.integerValue ?? 0) pipelines")
    } catch let code as ExitCode { throw code } catch {
      StandardError.write("tidemark: no backup by the server at port \(port): \(error)\n")
      throw ExitCode(1)
    }
  }
}

/// `tidemark restore`: makes a data directory of a backup.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a data directory of a backup.",
    discussion: """
      Pipelines come back as they were when the backup was made. Tokens that are newer answer 410 with outcome `lost`, \
      older ones with their successor.
      """)

  @Option(help: "The backup.")
  var from: String

  @Option(help: "The new data directory; refused when it holds anything.")
  var dataDir: String

  func run() throws {
    do {
      let files = try DirectoryRestore(backup: from, target: dataDir).run()
      print("\(dataDir): \(files) files")
    } catch {
      StandardError.write("tidemark: \(error)\n")
      throw ExitCode(1)
    }
  }
}
