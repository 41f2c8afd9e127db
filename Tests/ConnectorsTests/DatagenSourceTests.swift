import ConnectorKit
import Connectors
import DataModel
import Platform
import Testing

/// Goal: datagen makes the documented values, at the asked rate, and resumes at any record as if it had never stopped.
/// Method: drains sources in random chunk sizes and compares with one uninterrupted run; time is an argument.
struct DatagenSourceTests {
  private let drawn = """
    {"seed":7,"plan":[{"limit":300,"fields":{"i":{"strategy":"uniform","range":[-5,5],"null_percentage":20},\
    "t":{"strategy":"uniform","range":[0,30]},"w":{"strategy":"words"},"d":{"strategy":"uniform"},\
    "x":{"strategy":"uniform","range":[1,2]},"ts":{"strategy":"uniform"},"u":{"strategy":"uniform"},\
    "bin":{"strategy":"uniform"},"b":{"strategy":"uniform"},"r":{"strategy":"uniform"}}},\
    {"limit":0},{"limit":211,"fields":{"w":{"strategy":"word"}}}]}
    """

  private func values(_ config: String, _ type: ColumnType) throws -> [Value] {
    let source = try Fixtures.datagen(config, Fixtures.schema([("c", type)]))
    let chunks = try Fixtures.drain(source, from: nil, most: 10, SeededRandom(seed: 1))
    return chunks.flatMap(Fixtures.rows).map { $0[0] }
  }

  /// `field` are the settings of the one column.
  private func texts(_ field: String, _ type: ColumnType, limit: Int = 4) throws -> [String] {
    try values("{\"plan\":[{\"limit\":\(limit),\"fields\":{\"c\":\(field)}}]}", type)
      .map { ValueText.render($0, as: type) }
  }

  @Test func integersCountFromZeroAndCountEightBytes() throws {
    let source = try Fixtures.datagen("{\"plan\":[{\"limit\":5}]}", Fixtures.schema([("id", .integer)]))
    try source.start(from: nil)
    guard case .chunk(let chunk) = try source.next(recordsMax: 100, now: 0) else {
      Issue.record("no chunk")
      return
    }
    #expect(Fixtures.rows(chunk) == (0..<5).map { [.int64($0)] })
    #expect(chunk.sizeBytes == 40)
    #expect(chunk.endOfInput)
    #expect(chunk.rows.kinds == [0, 0, 0, 0, 0])
    guard case .ended = try source.next(recordsMax: 1, now: 0) else {
      Issue.record("not ended")
      return
    }
  }

  @Test func incrementOfEveryType() throws {
    #expect(try texts("{}", .varchar(length: nil)) == ["0", "1", "2", "3"])
    #expect(try texts("{}", .boolean) == ["FALSE", "TRUE", "FALSE", "TRUE"])
    #expect(try texts("{\"scale\":2}", .date) == ["1970-01-01", "1970-01-03", "1970-01-05", "1970-01-07"])
    #expect(
      try texts("{\"range\":[\"2024-02-28\",\"2024-03-01\"]}", .date) == [
        "2024-02-28", "2024-02-29", "2024-02-28", "2024-02-29",
      ])
    #expect(
      try texts("{\"range\":[\"2024-01-01 00:00:00\",\"2025-01-01 00:00:00\"],\"scale\":1500}", .timestamp, limit: 2)
        == ["2024-01-01 00:00:00", "2024-01-01 00:00:01.5"])
    #expect(try texts("{\"range\":[1722063600000,2226985200000]}", .timestamp, limit: 1) == ["2024-07-27 07:00:00"])
    #expect(try texts("{\"scale\":1000}", .time, limit: 2) == ["00:00:00", "00:00:01"])
    #expect(try texts("{\"scale\":0.25,\"range\":[1,1.5]}", .decimal(precision: 5, scale: 2)) == [
      "1.00", "1.25", "1.00", "1.25",
    ])
    #expect(try texts("{\"scale\":0.5}", .double) == ["0.0", "0.5", "1.0", "1.5"])
    #expect(try texts("{}", .tinyint, limit: 130).suffix(3) == ["127", "0", "1"])
    #expect(try texts("{}", .char(length: 1), limit: 11).suffix(2) == ["9", "0"])
    #expect(try texts("{}", .uuid, limit: 2).last == "00000000-0000-0000-0000-000000000001")
  }

  @Test func valuesCycleOrAreDrawn() throws {
    #expect(try texts("{\"values\":[\"a\",\"b\",null]}", .varchar(length: 3)) == ["a", "b", "NULL", "a"])
    #expect(try texts("{\"value\":4.5}", .decimal(precision: 4, scale: 1), limit: 2) == ["4.5", "4.5"])
    let drawn = try texts("{\"strategy\":\"uniform\",\"values\":[1,2,3]}", .integer, limit: 200)
    #expect(Set(drawn) == ["1", "2", "3"])
    #expect(drawn != (0..<200).map { "\($0 % 3 + 1)" })
  }

  @Test func uniformStaysInRangeAndReachesItsEnds() throws {
    let drawn = try values(
      "{\"plan\":[{\"limit\":500,\"fields\":{\"c\":{\"strategy\":\"uniform\",\"range\":[-3,3]}}}]}", .bigint)
    #expect(Set(drawn) == Set((-3..<3).map { Value.int64($0) }))
    let full = try values("{\"plan\":[{\"limit\":64,\"fields\":{\"c\":{\"strategy\":\"uniform\"}}}]}", .bigint)
    #expect(Set(full).count == 64)
    let wide = ColumnType.decimal(precision: 38, scale: 0)
    for case .int128(let value) in try values(
      "{\"plan\":[{\"limit\":64,\"fields\":{\"c\":{\"strategy\":\"uniform\"}}}]}", wide)
    {
      #expect(DecimalArithmetic.fits(value, precision: 38))
    }
    let lengths = try texts("{\"strategy\":\"uniform\",\"range\":[2,9]}", .varchar(length: 4), limit: 100).map(\.count)
    #expect(Set(lengths) == [2, 3, 4])
  }

  @Test func nullsComeAboutAsOftenAsAsked() throws {
    let all = try texts("{\"null_percentage\":100}", .integer)
    #expect(all == ["NULL", "NULL", "NULL", "NULL"])
    let some = try texts("{\"null_percentage\":25}", .integer, limit: 2000).filter { $0 == "NULL" }.count
    #expect((400..<600).contains(some))
  }

  @Test(arguments: [1, 2, 3, 4])
  func resumesAtAnyRecord(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let whole = try Fixtures.drain(try Fixtures.datagen(drawn, Fixtures.wide), from: nil, most: 1000, random)
    let expected = whole.flatMap(Fixtures.rows)
    #expect(expected.count == 511)
    #expect(whole.map(\.endOfInput) == whole.indices.map { $0 == whole.count - 1 })
    let pieces = try Fixtures.drain(try Fixtures.datagen(drawn, Fixtures.wide), from: nil, most: 40, random)
    var seen = 0
    for piece in pieces {
      seen += piece.rows.count
      let rest = try Fixtures.drain(
        try Fixtures.datagen(drawn, Fixtures.wide), from: piece.resume, most: 100, random)
      #expect(rest.flatMap(Fixtures.rows) == Array(expected[seen...]))
    }
    #expect(seen == expected.count)
  }

  @Test func theSeedChangesWhatIsDrawn() throws {
    let other = drawn.replacing("\"seed\":7", with: "\"seed\":8")
    let random = SeededRandom(seed: 1)
    let first = try Fixtures.drain(try Fixtures.datagen(drawn, Fixtures.wide), from: nil, most: 50, random)
    let second = try Fixtures.drain(try Fixtures.datagen(other, Fixtures.wide), from: nil, most: 50, random)
    #expect(first.flatMap(Fixtures.rows) != second.flatMap(Fixtures.rows))
  }

  @Test func theRateFollowsTheClock() throws {
    let source = try Fixtures.datagen("{\"plan\":[{\"rate\":100}]}", Fixtures.schema([("id", .bigint)]))
    try source.start(from: nil)
    var made = 0
    for milliseconds in stride(from: 0, through: 2000, by: 5) {
      let now = 77 + UInt64(milliseconds) * 1_000_000
      switch try source.next(recordsMax: 1000, now: now) {
      case .chunk(let chunk): made += chunk.rows.count
      case .idle(let nanoseconds): #expect((1...10_000_000).contains(nanoseconds))
      case .ended: Issue.record("ended")
      }
      #expect(made == 1 + milliseconds / 10)
    }
    // An hour without questions allows one second's worth.
    guard case .chunk(let late) = try source.next(recordsMax: 1_000_000, now: 3_600_000_000_000) else {
      Issue.record("no chunk")
      return
    }
    #expect(late.rows.count == 100)
  }

  @Test func withoutAPlanItNeverEnds() throws {
    let source = try Fixtures.datagen("{}", Fixtures.schema([("id", .bigint)]))
    try source.start(from: ResumePoint(bytes: Array("{\"plan\":0,\"record\":123456789012}".utf8)))
    guard case .chunk(let chunk) = try source.next(recordsMax: 3, now: 0) else {
      Issue.record("no chunk")
      return
    }
    #expect(Fixtures.rows(chunk).first == [.int64(123_456_789_012)])
    #expect(chunk.rows.count == 3)
    #expect(!chunk.endOfInput)
  }

  @Test(arguments: ["", "x", "{\"plan\":0}", "{\"plan\":-1,\"record\":0}", "[]"])
  func badPositionsAreFatal(text: String) throws {
    let source = try Fixtures.datagen("{}", Fixtures.schema([("id", .bigint)]))
    #expect(throws: ConnectorError.self) { try source.start(from: ResumePoint(bytes: Array(text.utf8))) }
  }
}
