import DataModel

/// Relations that queries may read, by name.
struct Catalog {
  enum Entry {
    case relation([PlanColumn])
    /// Known, but it cannot be read here, with the reason.
    case unreadable(String)
    /// Its own definition failed; reading it is no new fault.
    case broken
  }

  private(set) var entries: [SQLIdentifier: Entry] = [:]

  func contains(_ name: SQLIdentifier) -> Bool { entries[name] != nil }

  mutating func add(_ name: SQLIdentifier, _ entry: Entry) { entries[name] = entry }
}
