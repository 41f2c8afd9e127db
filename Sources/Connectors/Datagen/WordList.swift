/// The words of the strategies `word` and `words`.
enum WordList {
  static let words: [[UInt8]] = """
    anchor basin beacon bridge canal cargo channel cliff cloud coast coral current delta drift ebb estuary ferry \
    fjord flood foam gale gull harbor haven island jetty keel kelp lagoon lantern ledge marina mast meadow mist \
    oar ocean pebble pier quay reef river sail sand shell shoal shore sound spring storm strait surf swell tide \
    vessel voyage wave wharf wind
    """.split(separator: " ").map { Array($0.utf8) }

  static func pick(_ random: inout RecordRandom) -> [UInt8] {
    words[Int(random.next(below: UInt64(words.count)))]
  }
}
