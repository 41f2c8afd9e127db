import ConnectorKit
import Connectors
import DataModel
import Platform
import Testing

/// Goal: the Nexmark stream has its standard proportions and relations, and a row is the same however and in
/// however many pieces it is asked for.
/// Method: whole tables against their pieces; sources that resume at any record against one that runs through.
struct NexmarkTests {
  private static func generator(seed: UInt64 = 7, events: UInt64 = 5000) throws -> NexmarkGenerator {
    NexmarkGenerator(try NexmarkModel(seed: seed, events: events))
  }

  private static func rows(_ columns: [ColumnVector], _ count: Int) -> [[Value]] {
    (0..<count).map { row in columns.map { $0.value(at: row) } }
  }

  private static func all(_ generator: NexmarkGenerator, _ table: NexmarkTable) -> [[Value]] {
    let count = generator.rowCount(table)
    return rows(generator.columns(table, rows: 0..<count), Int(count))
  }

  private static func source(_ config: String, _ schema: Schema) throws -> any Source {
    try ConnectorRegistry.makeSource(try Fixtures.connector("nexmark", config), schema: schema)
  }

  private static func number(_ value: Value) -> Int64 {
    if case .int64(let number) = value { return number }
    return .min
  }

  private static func text(_ value: Value) -> String {
    if case .bytes(let bytes) = value { return String(decoding: bytes, as: UTF8.self) }
    return ""
  }

  @Test(arguments: [0, 1, 2, 4, 5, 49, 50, 51, 54, 120, 5000])
  func everyCycleHasItsProportions(events: UInt64) {
    var counts: [NexmarkTable: UInt64] = [.person: 0, .auction: 0, .bid: 0]
    for event in 0..<events {
      let place = event % 50
      counts[place < 1 ? .person : place < 4 ? .auction : .bid, default: 0] += 1
    }
    for table in NexmarkTable.allCases { #expect(table.rows(inEvents: events) == counts[table]) }
  }

  @Test(arguments: NexmarkTable.allCases)
  func piecesEqualTheWhole(table: NexmarkTable) throws {
    let generator = try Self.generator()
    let whole = Self.all(generator, table)
    let random = SeededRandom(seed: 3)
    var pieces: [[Value]] = []
    while pieces.count < whole.count {
      let end = min(whole.count, pieces.count + 1 + Int(random.next(below: 70)))
      let columns = generator.columns(table, rows: UInt64(pieces.count)..<UInt64(end))
      #expect(columns.map(\.physical) == table.schema.physicalTypes)
      pieces += Self.rows(columns, end - pieces.count)
    }
    #expect(pieces == whole)
    #expect(Self.all(try Self.generator(events: 5000), table) == whole)
    #expect(Self.all(try Self.generator(seed: 8), table) != whole)
  }

  @Test func moreEventsOnlyAddRows() throws {
    let few = Self.all(try Self.generator(events: 700), .bid)
    let many = Self.all(try Self.generator(events: 5000), .bid)
    #expect(Array(many.prefix(few.count)) == few)
  }

  @Test func referencesNameWhatExists() throws {
    let generator = try Self.generator(events: 20_000)
    let persons = Self.all(generator, .person)
    let auctions = Self.all(generator, .auction)
    let bids = Self.all(generator, .bid)
    #expect(persons.map { Self.number($0[0]) } == Array(1000..<1400))
    #expect(auctions.map { Self.number($0[0]) } == Array(1000..<2200))
    for (index, bid) in bids.enumerated() {
      let newest = Int64(1000 + (index / 46 + 1) * 3 - 1)
      #expect((newest - 199...newest).contains(Self.number(bid[0])))
      #expect(Self.number(bid[1]) <= Int64(1000 + index / 46 / 100 * 100 + 101))
      #expect((100...100_000_000).contains(Self.number(bid[2])))
    }
    for auction in auctions {
      #expect(Self.number(auction[6]) > Self.number(auction[5]))
      #expect(Self.number(auction[4]) > Self.number(auction[3]))
      #expect((10...14).contains(Self.number(auction[8])))
    }
    // Times rise with the event numbers, 10,000 a second.
    let times = bids.map { Self.number($0[5]) }
    #expect(times == times.sorted())
    #expect(times.first == NexmarkModel.startDefault * 1000)
    #expect(times.last == (NexmarkModel.startDefault + 1999) * 1000)
  }

  @Test func hotKeysAndChannelsAreAsFrequentAsTheyShouldBe() throws {
    let bids = Self.all(try Self.generator(events: 50_000), .bid)
    func part(_ condition: ([Value]) -> Bool) -> Double {
      Double(bids.count(where: condition)) / Double(bids.count)
    }
    #expect((0.48...0.53).contains(part { Self.number($0[0]) % 100 == 0 }))
    #expect((0.73...0.78).contains(part { Self.number($0[1]) % 100 == 1 }))
    #expect((0.48...0.52).contains(part { NexmarkTests.hot.contains(Self.text($0[3])) }))
    #expect((0.43...0.47).contains(part { Self.text($0[4]).contains("channel_id=") }))
    // The logarithm of prices is even: half of them lie below 1,000 units.
    #expect((0.48...0.52).contains(part { Self.number($0[2]) < 100_000 }))
    for bid in bids.prefix(2000) where Self.text(bid[4]).contains("channel_id=") {
      #expect(Self.text(bid[4]).hasSuffix("channel_id=" + Self.text(bid[3]).dropFirst(8)))
    }
    let average = bids.reduce(0) { $0 + Self.text($1[6]).count } / bids.count
    #expect((66...69).contains(average))
    #expect(bids.allSatisfy { Self.text($0[6]).utf8.allSatisfy { (0x61...0x7A).contains($0) } })
  }

  @Test func lettersAreEvenlySpread() throws {
    let bids = Self.all(try Self.generator(events: 20_000), .bid)
    for place in 0..<16 {
      var counts = [Int](repeating: 0, count: 26)
      for bid in bids {
        guard case .bytes(let bytes) = bid[6] else { continue }
        counts[Int(bytes[place]) - 0x61] += 1
      }
      // 18,400 letters: 708 each, or 647 and 719 where 256 values do not divide by 26.
      #expect(counts.allSatisfy { (520...860).contains($0) }, "place \(place): \(counts)")
    }
  }

  private static let hot = ["Google", "Facebook", "Baidu", "Apple"]

  @Test(arguments: [1, 2, 3])
  func theSourceResumesAtAnyRecord(seed: UInt64) throws {
    let config = "{\"table\":\"auction\",\"options\":{\"events\":6001,\"seed\":5,\"threads\":4}}"
    let random = SeededRandom(seed: seed)
    let whole = try Fixtures.drain(
      try Self.source(config, NexmarkTable.auction.schema), from: nil, most: 300, random)
    let expected = whole.flatMap(Fixtures.rows)
    #expect(expected == Self.all(try Self.generator(seed: 5, events: 6001), .auction))
    #expect(whole.map(\.endOfInput) == whole.indices.map { $0 == whole.count - 1 })
    var seen = 0
    for piece in whole {
      seen += piece.rows.count
      let again = try Self.source(config, NexmarkTable.auction.schema)
      let rest = try Fixtures.drain(again, from: piece.resume, most: 100, random)
      #expect(rest.flatMap(Fixtures.rows) == Array(expected[seen...]))
    }
  }

  @Test func columnsAreFoundByName() throws {
    let schema = Fixtures.schema([
      ("EXTRA", .varchar(length: nil)), ("emailaddress", .varchar(length: nil)), ("Id", .bigint),
    ])
    let source = try Self.source("{\"table\":\"person\",\"options\":{\"events\":500,\"seed\":7}}", schema)
    let chunks = try Fixtures.drain(source, from: nil, most: 9, SeededRandom(seed: 1))
    let persons = Self.all(try Self.generator(events: 500), .person)
    #expect(chunks.flatMap(Fixtures.rows) == persons.map { [$0[7], $0[2], $0[0]] })
  }

  @Test func theRateFollowsTheClock() throws {
    let source = try Self.source("{\"table\":\"bid\",\"options\":{\"rate\":1000}}", NexmarkTable.bid.schema)
    try source.start(from: nil)
    guard case .chunk(let first) = try source.next(recordsMax: 100, now: 5) else {
      Issue.record("no chunk")
      return
    }
    #expect(first.rows.count == 1)
    guard case .idle = try source.next(recordsMax: 100, now: 5) else {
      Issue.record("not idle")
      return
    }
    guard case .chunk(let later) = try source.next(recordsMax: 100, now: 10_000_005) else {
      Issue.record("no chunk")
      return
    }
    #expect(later.rows.count == 10)
  }

  @Test(arguments: [
    ("{}", "'table' is missing"), ("{\"table\":\"cat\"}", "'cat' is none of person, auction, bid"),
    ("{\"table\":\"bid\",\"options\":{\"event\":1}}", "unknown setting 'event'"),
    ("{\"table\":\"bid\",\"options\":{\"events\":-1}}", "'events'"),
    ("{\"table\":\"bid\",\"options\":{\"threads\":0}}", "'threads'"),
    ("{\"table\":\"bid\",\"options\":{\"rate\":0}}", "'rate'"),
    ("{\"table\":\"bid\",\"options\":{\"events\":9223372036854775807}}", "too many"),
    ("{\"table\":\"bid\",\"options\":{\"events\":1000000000000000,\"first_event_rate\":1}}", "too many"),
    ("{\"table\":\"person\"}", "no column 'auction'"),
  ])
  func wrongSettingsAreNamed(config: String, message: String) throws {
    let error = #expect(throws: ConnectorError.self) { _ = try Self.source(config, NexmarkTable.bid.schema) }
    #expect(error?.disposition == .fatal)
    #expect(error?.message.contains(message) == true)
  }

  @Test func wrongTypesAreNamed() throws {
    let error = #expect(throws: ConnectorError.self) {
      _ = try Self.source("{\"table\":\"bid\"}", Fixtures.schema([("price", .integer)]))
    }
    #expect(error?.message.contains("'price' must be of type BIGINT") == true)
  }

  @Test(arguments: ["", "x", "{}", "{\"row\":-1}", "[]"])
  func badPositionsAreFatal(text: String) throws {
    let source = try Self.source("{\"table\":\"bid\"}", NexmarkTable.bid.schema)
    #expect(throws: ConnectorError.self) { try source.start(from: ResumePoint(bytes: Array(text.utf8))) }
  }

  @Test func aPositionBehindTheEndEnds() throws {
    let source = try Self.source("{\"table\":\"bid\",\"options\":{\"events\":100}}", NexmarkTable.bid.schema)
    try source.start(from: ResumePoint(bytes: Array("{\"row\":9223372036854775807}".utf8)))
    guard case .ended = try source.next(recordsMax: 10, now: 0) else {
      Issue.record("not ended")
      return
    }
  }
}

/// Goal: files hold the generator's rows, whole or in parts.
/// Method: reads back what was written.
struct NexmarkFilesTests {
  @Test func linesAreTheRows() throws {
    let directory = try Fixtures.temporaryDirectory()
    defer { try? PosixFileSystem().removeTree(directory) }
    let model = try NexmarkModel(seed: 2, events: 5000)
    let csv = NexmarkFiles(model, format: .csv, directory: directory, parts: 0)
    let written = try csv.write(.bid)
    let bytes = try PosixFileSystem().read("\(directory)/bid.csv")
    #expect(written.rows == 4600)
    #expect(written.bytes == UInt64(bytes.count))
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let columns = NexmarkGenerator(model).columns(.bid, rows: 0..<4600)
    #expect(lines.count == 4600)
    for (row, line) in lines.enumerated() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(cells.count == 7)
      for column in [0, 1, 2] { #expect(Value.int64(Int64(cells[column]) ?? -1) == columns[column].value(at: row)) }
      for column in [3, 4, 6] { #expect(Value.bytes(Array(cells[column].utf8)) == columns[column].value(at: row)) }
      #expect(EventTime.parseTimestamp(Array(cells[5].utf8)).map(Value.int64) == columns[5].value(at: row))
    }
  }

  @Test func partsHoldEveryLineOnce() throws {
    let directory = try Fixtures.temporaryDirectory()
    defer { try? PosixFileSystem().removeTree(directory) }
    let model = try NexmarkModel(seed: 2, events: 120_000)
    func lines(_ path: String) throws -> [Substring] {
      String(decoding: try PosixFileSystem().read("\(directory)/\(path)"), as: UTF8.self).split(separator: "\n")
    }
    for _ in 0..<2 {
      _ = try NexmarkFiles(model, format: .ndjson, directory: directory, parts: 3).write(.auction)
      _ = try NexmarkFiles(model, format: .ndjson, directory: directory, parts: 0).write(.auction)
    }
    let whole = try lines("auction.ndjson")
    let parts = try (0..<3).map { try lines("auction/part-\($0).ndjson") }
    #expect(parts.map(\.count) == [3000, 2200, 2000])
    #expect(parts.flatMap { $0 }.sorted() == whole.sorted())
    #expect(Array(whole[1000..<2000]) == Array(parts[1][..<1000]))
    #expect(whole.first?.hasPrefix("{\"id\":1000,\"itemName\":\"") == true)
    #expect(whole.allSatisfy { $0.hasSuffix("\"}") })
  }
}
