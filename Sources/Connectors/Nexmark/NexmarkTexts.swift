import DataModel

/// Texts that many events share, made once: channels and their urls, as pieces of one text.
struct NexmarkTexts: Sendable {
  static let hotChannels = ["Google", "Facebook", "Baidu", "Apple"]
  static let channelCount: UInt64 = 10_000

  let text: [UInt8]
  /// Of the hot channels, then of the others: `TextPiece` words.
  let channels: [UInt64]
  let urls: [UInt64]

  init(seed: UInt64) {
    var builder = Builder()
    for (index, name) in NexmarkTexts.hotChannels.enumerated() {
      builder.add(name, seed, number: UInt64(index) + NexmarkTexts.channelCount, tagged: false)
    }
    for number in 0..<NexmarkTexts.channelCount {
      builder.add("channel-\(number)", seed, number: number, tagged: nil)
    }
    text = builder.text
    channels = builder.channels
    urls = builder.urls
  }

  private struct Builder {
    var text: [UInt8] = []
    var channels: [UInt64] = []
    var urls: [UInt64] = []

    /// Nine of ten urls name their channel when `tagged` does not say.
    mutating func add(_ name: String, _ seed: UInt64, number: UInt64, tagged: Bool?) {
      var random = RecordRandom(seed: RecordRandom.seed(seed, plan: 1, column: 0), record: number)
      channels.append(append(Array(name.utf8)))
      var url = Array("https://www.nexmark.com/".utf8)
      for _ in 0..<3 { url += NexmarkTexts.letters(5, &random) + [0x2F] }
      url += Array("item.htm?query=1".utf8)
      if tagged ?? (random.next(below: 10 as UInt64) > 0) { url += Array("&channel_id=\(number)".utf8) }
      urls.append(append(url))
    }

    private mutating func append(_ bytes: [UInt8]) -> UInt64 {
      text += bytes
      return TextPiece.word(start: text.count - bytes.count, length: bytes.count)
    }
  }

  static func letters(_ count: Int, _ random: inout RecordRandom) -> [UInt8] {
    (0..<count).map { _ in 0x61 + UInt8(truncatingIfNeeded: random.next(below: 26 as UInt64)) }
  }

  // MARK: Persons

  static let firstNames = [
    "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter",
  ]
  static let lastNames = [
    "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris",
  ]
  static let cities = [
    "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent",
    "Cheyenne",
  ]
  static let states = ["AZ", "CA", "ID", "OR", "WA", "WY"]

  static func pick(_ words: [String], _ random: inout RecordRandom) -> String.UTF8View {
    words[Int(random.next(below: UInt64(words.count)))].utf8
  }
}
