// Goal: every 410 says the truth (design, section 4). Method: a table of lives and tokens.
import Completion
import PipelineModel
import StorageAPI
import Testing

@Suite("TokenJudge and IncarnationHistory")
struct TokenJudgeTests {
  static func id(_ number: UInt64) -> UniqueID { UniqueID(high: 0, low: number) }
  static let pipeline = PipelineID(id(1))
  static let log = LogID(id(2))
  static let past = Incarnation(id(10))
  static let current = Incarnation(id(11))

  static func token(
    _ first: UInt64, _ end: UInt64, pipeline: PipelineID = pipeline, log: LogID = log,
    incarnation: Incarnation = past
  ) -> CompletionToken {
    CompletionToken(
      pipeline: pipeline, log: log, incarnation: incarnation, endpoint: EndpointID(1),
      range: .clamped(first: Offset(first), end: Offset(end)), stepsAtIssue: .zero)
  }

  static func judge(_ token: CompletionToken, recovered: UInt64, end: EndReason = .crashed)
    -> TokenJudge.Verdict
  {
    let history = [
      IncarnationRow(
        incarnation: past, firstOffset: .zero, startedAt: WallTime(microseconds: 0), end: end,
        recoveredEnd: Offset(recovered)),
      IncarnationRow(
        incarnation: current, firstOffset: Offset(recovered), startedAt: WallTime(microseconds: 1)),
    ]
    return TokenJudge.judge(token, pipeline: pipeline, log: log, incarnation: current, history: history)
  }

  static func pastToken(_ verdict: TokenJudge.Verdict) throws -> PastToken {
    guard case .past(let token) = verdict else { throw Unexpected() }
    return token
  }
  struct Unexpected: Error {}

  @Test("own and foreign tokens")
  func ownAndForeign() {
    #expect(Self.judge(Self.token(0, 5, incarnation: Self.current), recovered: 0) == .current)
    #expect(Self.judge(Self.token(0, 5, pipeline: PipelineID(Self.id(9))), recovered: 5) == .foreign)
  }

  @Test(
    "recovered as a whole: a successor over the same range",
    arguments: [EndReason.stopped, .crashed, .suspended])
  func recovered(reason: EndReason) throws {
    let found = try Self.pastToken(Self.judge(Self.token(3, 8), recovered: 8, end: reason))
    #expect(found.reason == reason)
    #expect(found.outcome == .recovered)
    #expect(found.lost.isEmpty)
    #expect(found.successorRange == .clamped(first: Offset(3), end: Offset(8)))
    #expect(found.recoveredThrough == Offset(8))
  }

  @Test("partly lost: lost names what lies beyond, the successor covers the rest")
  func partlyLost() throws {
    let found = try Self.pastToken(Self.judge(Self.token(3, 8), recovered: 5))
    #expect(found.outcome == .lost)
    #expect(found.lost == [.clamped(first: Offset(5), end: Offset(8))])
    #expect(found.successorRange == .clamped(first: Offset(3), end: Offset(5)))
  }

  @Test("a cut through two lives: what lies in front is recovered, the rest is lost, exactly")
  func rewound() throws {
    let store = MemoryStore()
    let older = Incarnation(Self.id(9))
    for (life, first, end) in [(older, 0, 10), (Self.past, 10, 30)] as [(Incarnation, UInt64, UInt64)] {
      let history = try IncarnationHistory.load(store: store)
      try store.write(history.begin(life, at: Offset(first), now: WallTime(microseconds: 0)).batch, .synced)
      let begun = try IncarnationHistory.load(store: store)
      // The second one crashed.
      if life == older { try store.write(begun.ended(life, reason: .stopped, at: Offset(end)), .synced) }
    }
    func fates(cutAt end: UInt64) throws -> [(reason: EndReason, lost: [OffsetRange])] {
      try store.write(try IncarnationHistory.load(store: store).rewound(to: Offset(end)), .synced)
      let history = try IncarnationHistory.load(store: store)
      let next = history.begin(Self.current, at: Offset(30), now: WallTime(microseconds: 1))
      let tokens = [(older, 2, 6), (older, 6, 10), (Self.past, 10, 20), (Self.past, 20, 30), (Self.past, 25, 25)]
        as [(Incarnation, UInt64, UInt64)]
      return try tokens.map { life, first, end in
        let found = try Self.pastToken(
          TokenJudge.judge(
            Self.token(first, end, incarnation: life), pipeline: Self.pipeline, log: Self.log,
            incarnation: Self.current, history: next.rows))
        #expect((found.successorRange == nil) == (found.lost.first?.first == Offset(first) && first < end))
        return (found.reason, found.lost)
      }
    }
    func lost(_ first: UInt64, _ end: UInt64) -> [OffsetRange] { [.clamped(first: Offset(first), end: Offset(end))] }
    let first = try fates(cutAt: 12)
    #expect(first.map(\.lost) == [[], [], lost(12, 20), lost(20, 30), []])
    #expect(first.map(\.reason) == [.stopped, .stopped, .rewound, .rewound, .rewound])
    let second = try fates(cutAt: 8)
    #expect(second.map(\.lost) == [[], lost(8, 10), lost(10, 20), lost(20, 30), []])
    #expect(second.map(\.reason) == [.rewound, .rewound, .rewound, .rewound, .rewound])
    #expect(try fates(cutAt: 29).map(\.lost) == second.map(\.lost), "what is lost stays lost")
  }

  @Test("wholly lost: no successor")
  func whollyLost() throws {
    let found = try Self.pastToken(Self.judge(Self.token(6, 8), recovered: 5))
    #expect(found.lost == [.clamped(first: Offset(6), end: Offset(8))])
    #expect(found.successorRange == nil)
  }

  @Test("nothing to lose: an empty token is recovered")
  func empty() throws {
    let found = try Self.pastToken(Self.judge(Self.token(6, 6), recovered: 5))
    #expect(found.outcome == .recovered)
    #expect(found.successorRange?.isEmpty == true)
  }

  @Test("a cleared log, and a life that nobody knows")
  func cleared() throws {
    for token in [
      Self.token(3, 8, log: LogID(Self.id(77))), Self.token(3, 8, incarnation: Incarnation(Self.id(5))),
    ] {
      let found = try Self.pastToken(Self.judge(token, recovered: 8))
      #expect(found.reason == .cleared)
      #expect(found.outcome == .lost)
      #expect(found.lost == [token.range])
      #expect(found.successorRange == nil)
    }
  }

  @Test("history: an open row counts as crashed when the next life begins; an ended one keeps its reason")
  func history() throws {
    let store = MemoryStore()
    let now = WallTime(microseconds: 5)
    let first = try IncarnationHistory.load(store: store).begin(Self.past, at: .zero, now: now)
    try store.write(first.batch, .synced)
    let second = try IncarnationHistory.load(store: store).begin(Self.current, at: Offset(40), now: now)
    try store.write(second.batch, .synced)
    #expect(second.rows.map(\.end) == [.crashed, nil])
    #expect(second.rows[0].recoveredEnd == Offset(40))
    let loaded = try IncarnationHistory.load(store: store)
    #expect(loaded.rows == second.rows)
    try store.write(loaded.ended(Self.current, reason: .suspended, at: Offset(90)), .synced)
    let third = try IncarnationHistory.load(store: store).begin(
      Incarnation(Self.id(12)), at: Offset(90), now: now)
    #expect(third.rows.map(\.end) == [.crashed, .suspended, nil])
    #expect(third.rows[1].recoveredEnd == Offset(90))
  }
}
