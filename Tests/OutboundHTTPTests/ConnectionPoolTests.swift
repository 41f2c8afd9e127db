// Goal: the pool's bounds hold, every call is served or refused once, and no server starves another.
// Method: by hand for each rule; then random events against a model that counts.
import OutboundHTTP
import Platform
import Testing

struct ConnectionPoolTests {
  struct Line: Identifiable, Equatable {
    let id: Int
    let server: String
  }

  typealias Pool = ConnectionPoolMachine<String, Line, Int>

  private static func text(_ actions: [Pool.Action]) -> [String] {
    actions.map { action in
      switch action {
      case .use(let line, let call): "use \(line.id) \(call)"
      case .open(let server, let call): "open \(server) \(call)"
      case .close(let line): "close \(line.id)"
      case .reject(let call): "reject \(call)"
      }
    }
  }

  @Test("a free connection is used again, the newest first")
  func reuse() {
    var pool = Pool(perServerMax: 2, totalMax: 4, waitingMax: 4)
    #expect(Self.text(pool.wants(1, from: "a")) == ["open a 1"])
    #expect(Self.text(pool.wants(2, from: "a")) == ["open a 2"])
    #expect(pool.released(Line(id: 1, server: "a"), of: "a").isEmpty)
    #expect(pool.released(Line(id: 2, server: "a"), of: "a").isEmpty)
    #expect(Self.text(pool.wants(3, from: "a")) == ["use 2 3"])
    #expect(pool.drain().map(\.id) == [1])
  }

  @Test("calls beyond a server's connections wait in order, and are refused when too many wait")
  func waiting() {
    var pool = Pool(perServerMax: 1, totalMax: 4, waitingMax: 2)
    #expect(Self.text(pool.wants(1, from: "a")) == ["open a 1"])
    #expect(pool.wants(2, from: "a").isEmpty && pool.wants(3, from: "a").isEmpty)
    #expect(Self.text(pool.wants(4, from: "a")) == ["reject 4"])
    #expect(Self.text(pool.wants(5, from: "b")) == ["open b 5"])
    #expect(Self.text(pool.released(Line(id: 1, server: "a"), of: "a")) == ["use 1 2"])
    #expect(Self.text(pool.closed(Line(id: 1, server: "a"), of: "a")) == ["open a 3"])
    #expect(pool.openFailed("a").isEmpty && pool.waiting == 0 && pool.total == 1)
  }

  @Test("at the bound of all, a free connection of another server makes room")
  func eviction() {
    var pool = Pool(perServerMax: 2, totalMax: 2, waitingMax: 9)
    _ = pool.wants(1, from: "a") + pool.wants(2, from: "a")
    #expect(pool.released(Line(id: 1, server: "a"), of: "a").isEmpty)
    #expect(Self.text(pool.wants(3, from: "b")) == ["close 1"])
    #expect(Self.text(pool.closed(Line(id: 1, server: "a"), of: "a")) == ["open b 3"])
    // All are busy: the next one that becomes free goes.
    #expect(pool.wants(4, from: "c").isEmpty)
    #expect(Self.text(pool.released(Line(id: 2, server: "a"), of: "a")) == ["close 2"])
    #expect(Self.text(pool.closed(Line(id: 2, server: "a"), of: "a")) == ["open c 4"])
    #expect(pool.total == 2)
  }

  @Test("a server with many waiting calls does not keep its places from others")
  func fairness() {
    var pool = Pool(perServerMax: 2, totalMax: 2, waitingMax: 9)
    _ = pool.wants(1, from: "a") + pool.wants(2, from: "a") + pool.wants(3, from: "a") + pool.wants(4, from: "b")
    #expect(Self.text(pool.closed(Line(id: 1, server: "a"), of: "a")) == ["open b 4"])
    #expect(Self.text(pool.openFailed("b")) == ["open a 3"])
  }

  /// What must be true after every event, and what is to happen next.
  private struct Model {
    let perServerMax = 3
    let totalMax = 5
    var pool = Pool(perServerMax: 3, totalMax: 5, waitingMax: 40)
    var served: Set<Int> = []
    var opening: [(String, Int)] = []
    var busy: [Line] = []
    var closing: [Line] = []
    var free: [Line] = []
    var lastID = 0

    mutating func take(_ actions: [Pool.Action]) {
      for action in actions {
        switch action {
        case .use(let line, let call):
          #expect(!busy.contains(line) && !closing.contains(line))
          free.removeAll { $0 == line }
          busy.append(line)
          #expect(served.insert(call).inserted)
        case .open(let server, let call):
          opening.append((server, call))
          #expect(served.insert(call).inserted)
        case .close(let line):
          free.removeAll { $0 == line }
          closing.append(line)
        case .reject(let call): #expect(served.insert(call).inserted)
        }
      }
    }

    func check() {
      let all = busy + closing + free
      #expect(pool.total == all.count + opening.count && pool.total <= totalMax)
      for server in ["a", "b", "c", "d"] {
        let count = all.count { $0.server == server } + opening.count { $0.0 == server }
        #expect(count <= perServerMax)
      }
    }

    mutating func release(_ line: Line) {
      let actions = pool.released(line, of: line.server)
      if actions.isEmpty { free.append(line) }
      take(actions)
    }

    mutating func event(_ random: inout SplitMix) {
      switch random.below(4) {
      case 0 where !opening.isEmpty:
        let (server, _) = opening.remove(at: random.below(opening.count))
        if random.below(4) == 0 { return take(pool.openFailed(server)) }
        lastID += 1
        busy.append(Line(id: lastID, server: server))
      case 1 where !busy.isEmpty: release(busy.remove(at: random.below(busy.count)))
      case 2 where !busy.isEmpty && random.below(3) == 0:
        let line = busy.remove(at: random.below(busy.count))
        take(pool.closed(line, of: line.server))
      case 2 where !closing.isEmpty:
        let line = closing.remove(at: random.below(closing.count))
        take(pool.closed(line, of: line.server))
      case 3 where !free.isEmpty:
        let line = free.remove(at: random.below(free.count))
        take(pool.closed(line, of: line.server))
      default: break
      }
    }
  }

  struct SplitMix {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
  }

  @Test("random events: bounds hold and every call is served", arguments: 0..<200)
  func random(_ seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    var model = Model()
    var calls = 0
    for _ in 0..<400 {
      if random.below(3) == 0 {
        calls += 1
        let server = ["a", "b", "c", "d"][random.below(4)]
        model.take(model.pool.wants(calls, from: server))
      } else {
        model.event(&random)
      }
      model.check()
    }
    // No more calls: all that wait are served.
    var turns = 0
    while !(model.opening.isEmpty && model.busy.isEmpty && model.closing.isEmpty), turns < 100_000 {
      model.event(&random)
      model.check()
      turns += 1
    }
    #expect(model.pool.waiting == 0 && model.served.count == calls)
  }
}
