package import WireTypes

/// The call-out providers of a server by name; `echo` is always there.
package struct ProviderRegistry: Sendable {
  package struct Fault: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// How a provider is made of its configuration; the program brings what needs a network or a pipeline.
  package typealias Maker = @Sendable (ProviderConfiguration) -> (any CallOutProvider)?

  package struct Entry: Sendable {
    package let configuration: ProviderConfiguration
    package let provider: any CallOutProvider
  }

  /// By name, sorted.
  package let entries: [Entry]
  /// The one that answers when nothing else is said.
  package let defaultName: String

  package static let echoOnly = ProviderRegistry(
    entries: [Entry(configuration: .echo, provider: EchoProvider())], defaultName: "echo")

  private init(entries: [Entry], defaultName: String) {
    self.entries = entries
    self.defaultName = defaultName
  }

  /// `configurations`: those of the configuration file.
  package init(
    _ configurations: [ProviderConfiguration], defaultName: String = "echo", make: Maker
  ) throws(Fault) {
    var entries = [Entry(configuration: .echo, provider: EchoProvider())]
    for configuration in configurations where configuration.name != "echo" {
      guard let provider = configuration.kind == .echo ? EchoProvider() : make(configuration) else {
        throw Fault(description: "provider '\(configuration.name)' cannot be made")
      }
      entries.append(Entry(configuration: configuration, provider: provider))
    }
    guard entries.contains(where: { $0.configuration.name == defaultName }) else {
      throw Fault(description: "there is no provider '\(defaultName)'")
    }
    self.entries = entries.sorted { $0.configuration.name < $1.configuration.name }
    self.defaultName = defaultName
  }

  package func entry(_ name: String) -> Entry? { entries.first { $0.configuration.name == name } }

  /// Who answers for a model: the first provider that lists it, or the one of its name.
  package func entry(model: String) -> Entry? {
    entries.first { $0.configuration.models.contains(model) } ?? entry(model)
  }
}

/// One entry of `providers` in the configuration file.
package struct ProviderConfiguration: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable { case echo, http, sql }

  package let name: String
  package let kind: Kind
  /// `models`: what a cargo may name.
  package private(set) var models: [String] = []
  /// `http`: `url`, and whether it answers a job to poll.
  package private(set) var url = ""
  package private(set) var isJob = false
  /// `sql`: items are pushed into `table` of `pipeline`, answers are the rows of `view` under `key`.
  package private(set) var pipeline = ""
  package private(set) var table = ""
  package private(set) var view = ""
  package private(set) var key = "item_id"
  package private(set) var timeoutSeconds = 60

  package static let echo: ProviderConfiguration = {
    var echo = ProviderConfiguration(name: "echo", kind: .echo)
    echo.models = ["echo"]
    return echo
  }()

  private init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// Errors name the setting.
  package init(name: String, json: JSONValue) throws(ProviderRegistry.Fault) {
    func fault(_ setting: String, _ text: String) -> ProviderRegistry.Fault {
      ProviderRegistry.Fault(description: "provider '\(name)': '\(setting)' \(text)")
    }
    guard let members = json.members else { throw fault(name, "must be an object") }
    guard let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)) else {
      throw fault("kind", "must be echo, http or sql")
    }
    self.init(name: name, kind: kind)
    for member in members where member.name != "kind" {
      switch (member.name, member.value) {
      case ("models", .array(let elements)):
        models = elements.compactMap(\.stringValue)
        guard models.count == elements.count else { throw fault("models", "must be a list of names") }
      case ("url", .string(let text)): url = text
      case ("job", .bool(let flag)): isJob = flag
      case ("pipeline", .string(let text)): pipeline = text
      case ("table", .string(let text)): table = text
      case ("view", .string(let text)): view = text
      case ("key", .string(let text)): key = text
      case ("timeout_secs", let value):
        guard let seconds = value.integerValue, (1...3600).contains(seconds) else {
          throw fault("timeout_secs", "must be 1 to 3600")
        }
        timeoutSeconds = Int(seconds)
      default: throw fault(member.name, "is no setting of a provider, or \(member.value.kind) does not fit")
      }
    }
    if kind == .http, url.isEmpty { throw fault("url", "is missing") }
    if kind == .sql, pipeline.isEmpty || table.isEmpty || view.isEmpty {
      throw fault("pipeline", "table and view are needed")
    }
  }
}
