/// Which connection a call gets. Pure: a call on a free connection of its server, else on a new one, else it waits; one
/// server has at most `perServerMax` connections and all have `totalMax`.
package struct ConnectionPoolMachine<Server: Hashable, Connection: Identifiable, Call> {
  package enum Action {
    /// The connection is taken until `released` or `closed`.
    case use(Connection, Call)
    /// A place is taken until `opened` and then `closed`, or until `openFailed`.
    case open(Server, Call)
    /// `closed` follows.
    case close(Connection)
    /// Too many wait already.
    case reject(Call)
  }

  private struct Peers {
    /// The newest last: the others grow old and close.
    var free: [Connection] = []
    /// Free, busy or being opened.
    var count = 0
    var waiting = WaitingLine<Call>()
  }

  private let perServerMax: Int
  private let totalMax: Int
  private let waitingMax: Int
  private var servers: [Server: Peers] = [:]
  package private(set) var total = 0
  package private(set) var waiting = 0
  /// Servers whose calls wait for a place in all, in the order in which they came; may name one in vain.
  private var starved = WaitingLine<Server>()

  package init(perServerMax: Int, totalMax: Int, waitingMax: Int) {
    self.perServerMax = perServerMax
    self.totalMax = totalMax
    self.waitingMax = waitingMax
  }

  package mutating func wants(_ call: Call, from server: Server) -> [Action] {
    if let connection = servers[server]?.free.popLast() { return [.use(connection, call)] }
    var peers = servers[server] ?? Peers()
    if peers.count < perServerMax, total < totalMax {
      peers.count += 1
      total += 1
      servers[server] = peers
      return [.open(server, call)]
    }
    guard waiting < waitingMax else { return [.reject(call)] }
    peers.waiting.append(call)
    waiting += 1
    servers[server] = peers
    guard peers.count < perServerMax else { return [] }
    starved.append(server)
    // Another server's free connection makes room: its `closed` brings this call forward.
    return freeOfOthers().map { [.close($0)] } ?? []
  }

  /// A connection has ended its call, or was opened for a call that is no more.
  package mutating func released(_ connection: Connection, of server: Server) -> [Action] {
    guard var peers = servers[server] else { return [] }
    defer { servers[server] = peers }
    if let call = peers.waiting.popFirst() {
      waiting -= 1
      return [.use(connection, call)]
    }
    if hasStarved { return [.close(connection)] }
    peers.free.append(connection)
    return []
  }

  /// A connection is no more, free or not.
  package mutating func closed(_ connection: Connection, of server: Server) -> [Action] {
    servers[server]?.free.removeAll { $0.id == connection.id }
    return placeLeft(server)
  }

  package mutating func openFailed(_ server: Server) -> [Action] { placeLeft(server) }

  /// All free connections, which are given up.
  package mutating func drain() -> [Connection] {
    var free: [Connection] = []
    for server in Array(servers.keys) {
      free += servers[server]?.free ?? []
      servers[server]?.free = []
    }
    return free
  }

  private mutating func placeLeft(_ server: Server) -> [Action] {
    guard var peers = servers[server] else { return [] }
    peers.count -= 1
    total -= 1
    if total < totalMax - 1 || starved.isEmpty, let call = peers.waiting.popFirst() {
      waiting -= 1
      peers.count += 1
      total += 1
      servers[server] = peers
      return [.open(server, call)]
    }
    servers[server] = peers.count == 0 && peers.waiting.isEmpty ? nil : peers
    if !peers.waiting.isEmpty { starved.append(server) }
    return nextStarved().map { [$0] } ?? []
  }

  /// The call that waits longest for a place in all.
  private mutating func nextStarved() -> Action? {
    while total < totalMax, let server = starved.popFirst() {
      guard var peers = servers[server], peers.count < perServerMax, let call = peers.waiting.popFirst() else {
        continue
      }
      waiting -= 1
      peers.count += 1
      total += 1
      servers[server] = peers
      return .open(server, call)
    }
    return nil
  }

  private var hasStarved: Bool {
    !starved.isEmpty && total >= totalMax
  }

  private mutating func freeOfOthers() -> Connection? {
    for server in Array(servers.keys) {
      if let oldest = servers[server]?.free.first {
        servers[server]?.free.removeFirst()
        return oldest
      }
    }
    return nil
  }
}

/// First in, first out.
struct WaitingLine<Element> {
  private var elements: [Element?] = []
  private var first = 0

  var isEmpty: Bool { first == elements.count }

  package mutating func append(_ element: Element) { elements.append(element) }

  package mutating func popFirst() -> Element? {
    guard first < elements.count else { return nil }
    let element = elements[first]
    elements[first] = nil
    first += 1
    if first * 2 > elements.count, first > 32 {
      elements.removeFirst(first)
      first = 0
    }
    return element
  }
}
