import ArgumentParser

@main
struct Tidemark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tidemark", abstract: "Streaming SQL pipelines with completion tokens.",
    version: Product.version,
    subcommands: [
      Serve.self, Verify.self, Backup.self, Restore.self, Chaos.self, Nexmark.self, Version.self,
    ])
}

struct Version: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print the version.")

  func run() { print("tidemark \(Product.version)") }
}

enum Product {
  static let version = "0.1.0"
}
