import Checkpoints
import PipelineModel
import Platform
import StorageAPI
import TestSupport
import Testing

/// Goal: a manifest is read back whole or not at all. Method: every truncation and every flipped bit of a real row.
@Suite struct CheckpointManifestTests {
  private func sample() throws -> CheckpointManifest {
    let machine = SimulatedMachine(seed: 9)
    var model = StateModel(seed: 9)
    let (checkpoints, _) = try machine.boot()
    _ = try checkpoints.open()
    for _ in 1...2 { _ = model.change() }
    return try checkpoints.write(model.content)
  }

  @Test func roundTrip() throws {
    var manifest = try sample()
    #expect(CheckpointManifest(encoded: manifest.encoded) == manifest)
    manifest.isBad = true
    #expect(CheckpointManifest(encoded: manifest.encoded)?.isBad == true)
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try sample().encoded
    for count in 0..<bytes.count { #expect(CheckpointManifest(encoded: Array(bytes.prefix(count))) == nil) }
  }

  @Test func everyFlippedBitIsRefused() throws {
    let bytes = try sample().encoded
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      if CheckpointManifest(encoded: damaged) != nil { Issue.record("bit \(bit) went unnoticed") }
    }
  }

  /// Manifests of version 1 go at the upgrade, when their state is elsewhere too.
  @Test func anUpgradeDropsTheFirstVersion() throws {
    let newer = try sample()
    var body = Array(newer.encoded.dropLast(4))
    body[0] = 1
    var writer = ByteWriter()
    writer.writeBytes(body)
    writer.write(Checksum.crc32c(body))
    let old = KeySpace.checkpoint.key(UniqueID(high: 0, low: 1))
    let store = MemoryStore()
    var rows = WriteBatch()
    rows.put(old, writer.bytes)
    try store.write(rows, .synced)
    var batch = WriteBatch()
    #expect(throws: CheckpointError.self) { try CheckpointUpgrade.put(isLogWhole: false, in: store, &batch) }
    #expect(batch.isEmpty)
    try CheckpointUpgrade.put(isLogWhole: true, in: store, &batch)
    #expect(batch.mutations.count == 1)
    rows.put(KeySpace.checkpoint.key(newer.id), newer.encoded)
    try store.write(rows, .synced)
    batch = WriteBatch()
    try CheckpointUpgrade.put(isLogWhole: false, in: store, &batch)
    try store.write(batch, .synced)
    #expect(try store.get(.base, old) == nil)
    #expect(try store.get(.base, KeySpace.checkpoint.key(newer.id)) == newer.encoded)
  }

  /// A checksum that fits does not make the body safe: random bodies must be refused without a trap.
  @Test func randomBodiesWithARightChecksumNeverTrap() throws {
    let random = SeededRandom(seed: 10)
    let good = try sample().encoded.dropLast(4)
    for _ in 0..<2000 {
      var body = Array(good)
      for _ in 0..<4 { body[Int(random.next(below: UInt64(body.count)))] = UInt8(random.next(below: 256)) }
      body = Array(body.prefix(Int(random.next(below: UInt64(body.count))) + 1))
      var writer = ByteWriter()
      writer.writeBytes(body)
      writer.write(Checksum.crc32c(body))
      if let manifest = CheckpointManifest(encoded: writer.bytes) {
        #expect(manifest.files.allSatisfy { !$0.contains("/") })
      }
    }
  }
}
