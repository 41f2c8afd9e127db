package import DataModel
package import Platform

/// Where a run lies: a part of a state file.
package struct RunPlace: Hashable, Sendable {
  package let offset: UInt64
  package let length: UInt64
  /// Of the run's footer, which holds those of its blocks.
  package let crc32c: UInt32
  /// Rows at the front that were truncated away since it was written.
  package let skippedRows: UInt64

  package init(offset: UInt64, length: UInt64, crc32c: UInt32, skippedRows: UInt64) {
    self.offset = offset
    self.length = length
    self.crc32c = crc32c
    self.skippedRows = skippedRows
  }
}

/// A sorted run of (key, value, weight) in a file. Only its footer is in memory; blocks are read when they are needed,
/// each against its checksum, and kept in the pipeline's cache. Free to read on any thread.
package final class StoredRun: Sendable {
  /// Unique in this process, also among batches.
  package let id: UInt64
  package let file: SharedFile
  package let place: RunPlace
  let footer: RunFooter
  private let cache: BlockCache
  /// The same for all runs over one place: names its blocks in the cache.
  private let placeID: UInt64

  init(
    file: SharedFile, place: RunPlace, footer: RunFooter, cache: BlockCache, placeID: UInt64? = nil
  ) {
    id = SortedBatch.makeID()
    self.file = file
    self.place = place
    self.footer = footer
    self.cache = cache
    self.placeID = placeID ?? id
  }

  /// Bytes read at once to open a run; most footers lie within.
  private static let tailBytes: UInt64 = 32 << 10

  /// Reads the footer only. Errors: `corrupt` naming the file.
  package static func open(
    _ file: SharedFile, _ place: RunPlace, cache: BlockCache
  ) throws(EvaluationError) -> StoredRun {
    let end = place.offset.addingReportingOverflow(place.length)
    if end.overflow { throw damaged(file, place.offset, "the run ends nowhere") }
    let length = min(place.length, tailBytes)
    let tail = try read(file, end.partialValue - length, Int(length))
    let whole = try footerBytes(tail, place, file)
    var bytes = Array(tail.suffix(whole))
    if whole > tail.count { bytes = try read(file, end.partialValue - UInt64(whole), whole) }
    guard bytes.count == whole else { throw damaged(file, place.offset, "the file is too short") }
    bytes.removeLast(RunFooter.trailerBytes)
    guard Checksum.crc32c(bytes) == place.crc32c else {
      throw damaged(file, end.partialValue - UInt64(whole), "the footer has a wrong checksum")
    }
    let footer: RunFooter
    do { footer = try RunFooter(decoding: bytes, behind: place.length - UInt64(whole)) } catch {
      throw damaged(file, end.partialValue - UInt64(whole), error.message)
    }
    guard place.skippedRows < UInt64(footer.rows) else {
      throw damaged(file, place.offset, "more rows are skipped than there are")
    }
    return StoredRun(file: file, place: place, footer: footer, cache: cache)
  }

  /// Length of footer and trailer.
  private static func footerBytes(
    _ tail: [UInt8], _ place: RunPlace, _ file: SharedFile
  ) throws(EvaluationError) -> Int {
    do {
      let (length, crc) = try RunFooter.trailer(tail)
      let whole = length + RunFooter.trailerBytes
      if UInt64(whole) <= place.length, crc == place.crc32c { return whole }
    } catch { throw damaged(file, place.offset, error.message) }
    throw damaged(file, place.offset, "the trailer is not that of the run")
  }

  package var layout: TraceLayout { footer.layout }
  package var count: Int { footer.rows - skippedRows }
  var skippedRows: Int { Int(truncatingIfNeeded: place.skippedRows) }
  /// Encoded rows, before compression.
  var rowBytes: Int { footer.rowBytes / max(1, footer.rows) * count }

  /// The run without its first rows.
  func skipping(_ rows: Int) -> StoredRun {
    let place = RunPlace(
      offset: place.offset, length: place.length, crc32c: place.crc32c,
      skippedRows: place.skippedRows + UInt64(rows))
    return StoredRun(file: file, place: place, footer: footer, cache: cache, placeID: placeID)
  }

  func cachedBlock(_ index: Int) -> SortedBatch? {
    cache.rows(BlockCache.Key(place: placeID, index: index))
  }

  /// `keeping`: for look-ups, which come again; scans and merges leave the cache as it is.
  func block(_ index: Int, keeping: Bool) throws(EvaluationError) -> SortedBatch {
    let key = BlockCache.Key(place: placeID, index: index)
    if let cached = cache.rows(key) { return cached }
    let entry = footer.blocks[index]
    let stored = try read(entry.offset, Int(entry.length), entry.crc32c)
    let rows = footer.starts[index + 1] - footer.starts[index]
    do {
      let raw =
        entry.length == entry.rawLength
        ? stored : try LZ4Codec.decompress(stored, length: Int(entry.rawLength))
      let block = try BlockCodec.decode(raw, layout: layout)
      guard block.count == rows else { throw CodecError(message: "a block has \(block.count) rows") }
      if keeping { cache.insert(.rows(block), key) }
      return block
    } catch { throw Self.damaged(file, place.offset + entry.offset, "\(error)") }
  }

  /// False when the block surely does not have a key of this hash.
  func mayHave(_ hash: UInt64, block index: Int) throws(EvaluationError) -> Bool {
    let number = index / RunFooter.blocksPerFilter
    let key = BlockCache.Key(place: placeID, index: -1 - number)
    let filter: KeyFilter
    if let cached = cache.filter(key) {
      filter = cached
    } else {
      let entry = footer.filters[number]
      let bytes = try read(entry.offset, Int(entry.length), entry.crc32c)
      do { filter = try KeyFilter(decoding: bytes) } catch {
        throw Self.damaged(file, place.offset + entry.offset, error.message)
      }
      cache.insert(.filter(filter), key)
    }
    return filter.mayHave(hash, block: index % RunFooter.blocksPerFilter)
  }

  private func read(_ offset: UInt64, _ length: Int, _ crc: UInt32) throws(EvaluationError) -> [UInt8] {
    let bytes = try Self.read(file, place.offset + offset, length)
    guard bytes.count == length, Checksum.crc32c(bytes) == crc else {
      throw Self.damaged(file, place.offset + offset, "wrong checksum length=\(length) read=\(bytes.count)")
    }
    return bytes
  }

  private static func read(
    _ file: SharedFile, _ offset: UInt64, _ length: Int
  ) throws(EvaluationError) -> [UInt8] {
    do { return try file.read(offset: offset, length: length) } catch {
      if error.code == .notFound { throw damaged(file, offset, error.description) }
      throw EvaluationError(.storage, "state cannot be read: \(error)")
    }
  }

  private static func damaged(_ file: SharedFile, _ offset: UInt64, _ reason: String) -> EvaluationError {
    EvaluationError(
      .corrupt, "state file is damaged path=\(file.path) offset=\(offset): \(reason)", file: file.name)
  }
}
