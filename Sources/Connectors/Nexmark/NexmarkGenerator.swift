package import DataModel

/// Makes any rows of the three tables as columns. Pure: the same rows come out the same however they are cut.
package struct NexmarkGenerator: Sendable {
  package let model: NexmarkModel
  private let texts: NexmarkTexts
  private let padding: [NexmarkTable: LetterColumn]
  private let itemNames: LetterColumn
  private let descriptions: LetterColumn

  package init(_ model: NexmarkModel) {
    self.model = model
    texts = NexmarkTexts(seed: model.seed)
    padding = [
      .person: .padding(used: 67, wanted: 200, seed: NexmarkGenerator.seed(model, .person, 7)),
      .auction: .padding(used: 168, wanted: 500, seed: NexmarkGenerator.seed(model, .auction, 9)),
      .bid: .padding(used: 32, wanted: 100, seed: NexmarkGenerator.seed(model, .bid, 6)),
    ]
    itemNames = LetterColumn(least: 10, spread: 20, seed: NexmarkGenerator.seed(model, .auction, 1))
    descriptions = LetterColumn(least: 50, spread: 100, seed: NexmarkGenerator.seed(model, .auction, 2))
  }

  package func rowCount(_ table: NexmarkTable) -> UInt64 { table.rows(inEvents: model.events) }

  /// The columns of `table.schema`. Rows beyond the model's events are not to be asked for.
  package func columns(_ table: NexmarkTable, rows: Range<UInt64>) -> [ColumnVector] {
    switch table {
    case .person: persons(rows)
    case .auction: auctions(rows)
    case .bid: bids(rows)
    }
  }

  private static func seed(_ model: NexmarkModel, _ table: NexmarkTable, _ column: Int) -> UInt64 {
    RecordRandom.seed(model.seed, plan: 2 + Int(table.share), column: column)
  }

  private func extra(_ table: NexmarkTable, _ rows: Range<UInt64>) -> ColumnVector {
    guard let letters = padding[table] else { preconditionFailure("every table has padding") }
    return letters.column(table, rows: rows)
  }

  private func draws(_ table: NexmarkTable) -> UInt64 { NexmarkGenerator.seed(model, table, 1000) }

  // MARK: Tables

  private func bids(_ rows: Range<UInt64>) -> [ColumnVector] {
    let count = Int(rows.upperBound - rows.lowerBound)
    var auctions = NexmarkGenerator.numbers(count)
    var bidders = NexmarkGenerator.numbers(count)
    var prices = NexmarkGenerator.numbers(count)
    var times = NexmarkGenerator.numbers(count)
    var channels: [UInt64] = []
    var urls: [UInt64] = []
    channels.reserveCapacity(count)
    urls.reserveCapacity(count)
    let seed = draws(.bid)
    for row in rows {
      let event = NexmarkTable.bid.event(ofRow: row)
      var random = RecordRandom(seed: seed, record: event)
      let coins = random.next()
      auctions.append(model.bidAuction(event, hot: coins & 1 != 0, &random))
      bidders.append(model.bidder(event, hot: coins & 6 != 0, &random))
      prices.append(model.price(&random))
      times.append(model.time(event))
      // One in two comes through one of the first four channels.
      let channel =
        coins & 8 != 0
        ? Int(truncatingIfNeeded: coins >> 4 & 3)
        : 4 + Int(truncatingIfNeeded: random.next(below: NexmarkTexts.channelCount))
      channels.append(texts.channels[channel])
      urls.append(texts.urls[channel])
    }
    return [
      ColumnVector(.int64(auctions)), ColumnVector(.int64(bidders)), ColumnVector(.int64(prices)),
      pieces(channels), pieces(urls), ColumnVector(.int64(times)), extra(.bid, rows),
    ]
  }

  private func auctions(_ rows: Range<UInt64>) -> [ColumnVector] {
    let count = Int(rows.upperBound - rows.lowerBound)
    var numbers = (0..<7).map { _ in NexmarkGenerator.numbers(count) }
    let seed = draws(.auction)
    for row in rows {
      let event = NexmarkTable.auction.event(ofRow: row)
      var random = RecordRandom(seed: seed, record: event)
      let first = model.price(&random)
      let opened = model.time(event)
      numbers[0].append(model.auction(event))
      numbers[1].append(first)
      numbers[2].append(first + model.price(&random))
      numbers[3].append(opened)
      numbers[4].append(opened + model.duration(&random) * 1000)
      numbers[5].append(model.seller(event, hot: random.next() & 3 != 0, &random))
      numbers[6].append(10 + Int64(random.next(below: 5 as UInt64)))
    }
    let columns = numbers.map { ColumnVector(.int64($0)) }
    return [
      columns[0], itemNames.column(.auction, rows: rows), descriptions.column(.auction, rows: rows),
    ] + columns[1...] + [extra(.auction, rows)]
  }

  private func persons(_ rows: Range<UInt64>) -> [ColumnVector] {
    let count = Int(rows.upperBound - rows.lowerBound)
    var ids = NexmarkGenerator.numbers(count)
    var times = NexmarkGenerator.numbers(count)
    var words = [ColumnBuilder](repeating: ColumnBuilder(.bytes), count: 5)
    let seed = draws(.person)
    for row in rows {
      let event = NexmarkTable.person.event(ofRow: row)
      var random = RecordRandom(seed: seed, record: event)
      ids.append(model.person(event))
      times.append(model.time(event))
      words[0].append(
        bytes: Array(NexmarkTexts.pick(NexmarkTexts.firstNames, &random)) + [0x20]
          + NexmarkTexts.pick(NexmarkTexts.lastNames, &random))
      words[1].append(
        bytes: NexmarkTexts.letters(7, &random) + [0x40] + NexmarkTexts.letters(5, &random)
          + [0x2E, 0x63, 0x6F, 0x6D])
      words[2].append(bytes: NexmarkGenerator.creditCard(&random))
      words[3].append(bytes: NexmarkTexts.pick(NexmarkTexts.cities, &random))
      words[4].append(bytes: NexmarkTexts.pick(NexmarkTexts.states, &random))
    }
    return [ColumnVector(.int64(ids))] + words.indices.map { words[$0].finish() }
      + [ColumnVector(.int64(times)), extra(.person, rows)]
  }

  /// Four groups of four digits.
  private static func creditCard(_ random: inout RecordRandom) -> [UInt8] {
    var digits: [UInt8] = []
    for group in 0..<4 {
      if group > 0 { digits.append(0x20) }
      IntegerText.append(Int64(random.next(below: 10_000 as UInt64)), width: 4, to: &digits)
    }
    return digits
  }

  private static func numbers(_ count: Int) -> [Int64] {
    var numbers: [Int64] = []
    numbers.reserveCapacity(count)
    return numbers
  }

  private func pieces(_ words: [UInt64]) -> ColumnVector {
    var column = ByteColumn()
    column.append(pieces: words.span, of: texts.text.span, side: texts.text.span)
    return ColumnVector(.bytes(column))
  }
}
