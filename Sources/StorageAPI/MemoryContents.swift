/// The pairs of both families as a value: base of the in-memory store and of the simulated disks of tests.
package struct MemoryContents: Sendable {
  package struct Pair: Sendable {
    package let key: [UInt8]
    package var value: [UInt8]
  }

  /// Sorted by key, by raw value of the family.
  private var families: [[Pair]] = StoreFamily.allCases.map { _ in [] }

  package init() {}

  package mutating func apply(_ batch: WriteBatch) {
    for mutation in batch.mutations {
      switch mutation {
      case .put(let family, let key, let value): put(Int(family.rawValue), key, value)
      case .delete(let family, let key): delete(Int(family.rawValue), key)
      case .deleteRange(let family, let from, let to):
        let range = range(family, from: from, to: to)
        families[Int(family.rawValue)].removeSubrange(range)
      }
    }
  }

  package func get(_ family: StoreFamily, _ key: [UInt8]) -> [UInt8]? {
    let pairs = families[Int(family.rawValue)]
    let index = MemoryContents.lowerBound(pairs, key)
    return index < pairs.count && pairs[index].key == key ? pairs[index].value : nil
  }

  /// The pairs in [from, to) in order; `to` nil means to the end.
  package func pairs(_ family: StoreFamily, from: [UInt8], to: [UInt8]?) -> ArraySlice<Pair> {
    families[Int(family.rawValue)][range(family, from: from, to: to)]
  }

  package var sizeBytes: UInt64 {
    families.joined().reduce(0) { $0 + UInt64($1.key.count + $1.value.count) }
  }

  private mutating func put(_ family: Int, _ key: [UInt8], _ value: [UInt8]) {
    let index = MemoryContents.lowerBound(families[family], key)
    if index < families[family].count, families[family][index].key == key {
      families[family][index].value = value
    } else {
      families[family].insert(Pair(key: key, value: value), at: index)
    }
  }

  private mutating func delete(_ family: Int, _ key: [UInt8]) {
    let index = MemoryContents.lowerBound(families[family], key)
    if index < families[family].count, families[family][index].key == key {
      families[family].remove(at: index)
    }
  }

  private func range(_ family: StoreFamily, from: [UInt8], to: [UInt8]?) -> Range<Int> {
    let pairs = families[Int(family.rawValue)]
    let first = MemoryContents.lowerBound(pairs, from)
    let end = to.map { MemoryContents.lowerBound(pairs, $0) } ?? pairs.count
    return first..<max(first, end)
  }

  /// Index of the first pair whose key is not below `key`; ascending keys find their end at once.
  private static func lowerBound(_ pairs: [Pair], _ key: [UInt8]) -> Int {
    guard let last = pairs.last else { return 0 }
    if last.key.lexicographicallyPrecedes(key) { return pairs.count }
    var low = 0
    var high = pairs.count
    while low < high {
      let middle = (low + high) / 2
      if pairs[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
