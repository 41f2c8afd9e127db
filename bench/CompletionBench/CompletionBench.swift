import ArgumentParser

/// The ledger with as many steps as years give it.
@main
struct CompletionBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "CompletionBench", abstract: "Status of tokens over a ledger of many steps.",
    subcommands: [Ledger.self, Plant.self])
}
