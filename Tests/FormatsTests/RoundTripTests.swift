// Goal: what the encoders write the decoder reads back exactly, at any chunk boundaries; and no bytes at all make it
// trap or depend on chunk boundaries. Method: seeded random rows of every type, random cuts, random mutations.
import DataModel
import Formats
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: 0..<60) func jsonRows(seed: UInt64) {
    var random = RandomTable(seed: seed)
    let batch = random.batch(everyType, rows: 1 + random.generator.below(20))
    let flavor: RowJSONEncoder.Flavor = seed % 2 == 0 ? .egress : .adhoc
    let encoder = RowJSONEncoder(schema: everyType, flavor: flavor)
    var body: [UInt8] = []
    for row in 0..<batch.count {
      encoder.appendRow(batch, row: row, to: &body)
      if seed % 3 != 0 { body.append(0x0A) }
    }
    let result = decode(body, .raw, everyType, cuts: random.cuts(body.count), takeOften: seed % 5 == 0)
    #expect(result.errors.isEmpty)
    #expect(result.rows == values(batch))
  }

  @Test(arguments: 0..<40) func deltaItems(seed: UInt64) {
    var random = RandomTable(seed: 100 + seed)
    let batch = random.batch(everyType, rows: 8)
    let items = DeltaEncoder(format: .json, schema: everyType).jsonItems(batch)
    let body = Array("[".utf8) + items + Array("]".utf8)
    let cuts = random.cuts(body.count)
    let result = decode(body, .array(.insertDelete), everyType, cuts: cuts, takeOften: true)
    #expect(result.errors.isEmpty)
    #expect(result.rows == values(batch))
    #expect(result.kinds == [UInt8](repeating: 0, count: 8))
  }

  @Test(arguments: 0..<60) func csvRows(seed: UInt64) {
    var random = RandomTable(seed: 200 + seed)
    let batch = random.batch(everyType, rows: 1 + random.generator.below(10))
    let withWeight = Schema(fields: everyType.fields + [field("weight", .bigint)])
    let body = DeltaEncoder(format: .csv, schema: everyType).csv(batch)
    let result = decode(body, .csv, withWeight, cuts: random.cuts(body.count), takeOften: seed % 2 == 0)
    #expect(result.errors.isEmpty)
    #expect(result.rows == values(batch).map { $0 + [.int64(1)] })
    #expect(result.inputBytes == body.count)
  }

  @Test(arguments: 0..<600) func mutatedJSONDoesNotDependOnChunks(seed: UInt64) {
    var random = RandomTable(seed: 10_000 + seed)
    let batch = random.batch(everyType, rows: 3)
    let delta = DeltaEncoder(format: .json, schema: everyType)
    let array = seed % 2 == 0
    var body = array ? Array("[".utf8) + delta.jsonItems(batch) + Array("]\n[]".utf8) : delta.jsonLines(batch)
    random.mutate(&body)
    let format = InputFormat(kind: .json, updateFormat: .insertDelete, array: array)
    let whole = decode(body, format, everyType)
    let cut = decode(body, format, everyType, cuts: random.cuts(body.count), takeOften: seed % 3 == 0)
    #expect(whole.agrees(with: cut), "\(String(decoding: body, as: UTF8.self))")
    #expect(whole.rows.count <= 4)
  }

  @Test(arguments: 0..<300) func mutatedCSVDoesNotDependOnChunks(seed: UInt64) {
    var random = RandomTable(seed: 20_000 + seed)
    var body = DeltaEncoder(format: .csv, schema: everyType).csv(random.batch(everyType, rows: 4))
    random.mutate(&body)
    let schema = Schema(fields: everyType.fields + [field("weight", .bigint)])
    let whole = decode(body, .csv, schema)
    #expect(whole.agrees(with: decode(body, .csv, schema, cuts: random.cuts(body.count))))
  }

  @Test func everyByteItsOwnChunk() {
    var random = RandomTable(seed: 5)
    let batch = random.batch(everyType, rows: 4)
    let lines = DeltaEncoder(format: .json, schema: everyType).jsonLines(batch)
    #expect(decode(lines, .envelope, everyType, cuts: Array(0...lines.count)).rows == values(batch))
    let whole = decode(lines, .envelope, everyType)
    #expect(whole.inputBytes == lines.count)
  }

  @Test(arguments: 0..<200) func randomBytesNeverTrap(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array("{}[]\",:\\ \n\rabigtrue1-e.".utf8) + [0, 0x80, 0xFF]
    let body = (0..<generator.below(300)).map { _ in alphabet[generator.below(alphabet.count)] }
    for format in [InputFormat.raw, .envelope, .csv, .array(.raw)] {
      let result = decode(body, format, everyType)
      #expect(result.rows.isEmpty || result.errorCount > 0 || format == .raw)
    }
  }
}
