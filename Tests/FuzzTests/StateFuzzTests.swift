import Checkpoints
import DataModel
import Dataflow
import Platform
import SQLFrontend
import SQLLowering
import Testing

// Goal: no stored byte traps the process, also behind a checksum that fits. Method: encoded blocks, rows,
// batches of state and manifests with flipped, lost and doubled bytes; state that is still taken is restored
// and stepped on.

@Suite("Fuzz: stored bytes", .serialized)
struct StateFuzzTests {
  private static let views = """
    create materialized view a as select s, count(*) as n, sum(l) as x, max(m) as y, avg(d) as z from t group by s;
    create materialized view b as select x.i, k.s, k.ts from t x left join k on x.i = k.i;
    create materialized view c as select distinct an, mm, va, uu, y from t;
    create materialized view e as select i, row_number() over (partition by b order by ts) as r, sum(i) over (order by l) as q from t;
    create materialized view f as select i from t where i not in (select i from k) union select i from k;
    """

  private struct Change: CustomStringConvertible {
    let place: Int
    let bytes: [UInt8]
    var description: String { "part \(place): \(bytes)" }
  }

  /// Stored numbers are what lengths and counts look like.
  private static let tokens = ["\u{0}\u{0}\u{0}\u{0}", "\u{1}", "\u{7F}\u{7F}", "\u{2}\u{0}\u{0}\u{0}", "a"]

  private static func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    guard random.chance(1, of: 2), !bytes.isEmpty else { return mutated(bytes, tokens: tokens, &random) }
    var bytes = bytes
    for _ in 0...random.below(3) {
      bytes[random.below(bytes.count)] = random.pick([0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF])
    }
    return bytes
  }

  @Test("batches of state")
  func state() throws {
    let tables = try FuzzTables(seed: 4)
    let program = try SQLCompiler.compile(FuzzTables.ddl + Self.views).get()
    let filled = Lowering.circuit(for: program, observed: [])
    _ = try filled.step(tables.inserts, now: 0)
    let state = try filled.state()
    let parts = state.indices.flatMap { part in
      state[part].runs.compactMap { run in
        if case .memory(let batch) = run { (part, BlockCodec.encode(batch)) } else { nil }
      }
    }
    for (part, bytes) in parts {
      #expect(throws: Never.self) { _ = try BlockCodec.decode(bytes, layout: state[part].layout) }
    }
    FuzzDriver(name: "state", cases: 800).run { random in
      let (part, bytes) = random.pick(parts)
      return Change(place: part, bytes: Self.damaged(bytes, &random))
    } _: { change, _ in
      let layout = state[change.place].layout
      guard let batch = try? BlockCodec.decode(change.bytes, layout: layout) else { return }
      let circuit = Lowering.circuit(for: program, observed: [])
      let stored = state.enumerated().map { index, part in
        TraceState(id: part.id, layout: part.layout, runs: index == change.place ? [.memory(batch)] : part.runs)
      }
      guard (try? circuit.restore(stored)) != nil else { return }
      for inputs in [tables.deletes, tables.inserts] {
        do throws(EvaluationError) { _ = try circuit.step(inputs, now: 0) } catch { return }
      }
    }
  }

  @Test("rows and blocks of the log")
  func rows() throws {
    let tables = try FuzzTables(seed: 5)
    let changes = try #require(tables.inserts.first?.changes.first)
    let block = ColumnCodec.encode(changes)
    let types = changes.columns.map(\.physical)
    let encoded = try RowCodec.encode(changes.columns, count: changes.count)
    let rows = (0..<encoded.count).map { Array(encoded.bytes[encoded.range($0)]) }
    FuzzDriver(name: "blocks", cases: 2_000).run { random in
      if random.chance(1, of: 2) { return Change(place: -1, bytes: Self.damaged(block, &random)) }
      return Change(place: 0, bytes: Self.damaged(random.pick(rows), &random))
    } _: { change, _ in
      if change.place == 0 {
        _ = try? RowCodec.decode(change.bytes, types: types)
        return
      }
      guard let decoded = try? ColumnCodec.decodeChanges(change.bytes) else { return }
      _ = try? ColumnCodec.decodeBatch(change.bytes)
      let circuit = Lowering.circuit(for: tables.program, observed: [])
      do throws(EvaluationError) {
        _ = try circuit.step([TableInput(table: tables.inserts[0].table, changes: [decoded])], now: 0)
      } catch {}
    }
  }

  @Test("manifests of checkpoints")
  func manifests() {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.writeBytes([UInt8](repeating: 7, count: 16))
    for number in [3, 10, 4_000, 1_700_000_000_000_000, 90, 12_345] as [UInt64] { writer.write(number) }
    writer.write(UInt8(0))
    writer.writeLengthPrefixed(Array("fingerprint".utf8))
    let head = writer.bytes
    FuzzDriver(name: "manifests", cases: 2_000).run { random in
      var body = head
      for _ in 0..<2 {
        body += [UInt8(random.below(3)), 0, 0, 0]
        body += (0..<random.below(60)).map { _ in random.chance(1, of: 2) ? 0 : UInt8(random.below(256)) }
      }
      return Change(place: 0, bytes: Self.damaged(body, &random))
    } _: { change, _ in
      var whole = ByteWriter()
      whole.writeBytes(change.bytes)
      whole.write(Checksum.crc32c(change.bytes))
      if let manifest = CheckpointManifest(encoded: whole.bytes) {
        #expect(CheckpointManifest(encoded: manifest.encoded) == manifest)
      }
      #expect(CheckpointManifest(encoded: change.bytes) == nil)
    }
  }
}
