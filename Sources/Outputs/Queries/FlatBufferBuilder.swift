/// Builds one FlatBuffers message from its end to its beginning, as the format wants: children before
/// parents.
///
/// Offsets count bytes from the end. Scalars are always written, also when they equal the schema's default.
package struct FlatBufferBuilder {
  /// The message backwards.
  private var reversed: [UInt8] = []
  private var alignment = 1
  private var slots: [Int: Int] = [:]
  private var tableStart = 0

  /// A place in the message.
  package struct Reference { fileprivate let offset: Int }

  // MARK: Scalars

  private mutating func align(_ size: Int, before extra: Int = 0) {
    alignment = max(alignment, size)
    while (reversed.count + extra) % size != 0 { reversed.append(0) }
  }

  private mutating func push<Number: FixedWidthInteger>(_ value: Number) {
    align(Number.bitWidth / 8)
    for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
      reversed.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
    }
  }

  private mutating func push(_ target: Reference) {
    align(4)
    push(UInt32(reversed.count + 4 - target.offset))
  }

  // MARK: Strings and vectors

  package mutating func string(_ text: String) -> Reference {
    let bytes = Array(text.utf8)
    align(4, before: bytes.count + 1)
    reversed.append(0)
    reversed += bytes.reversed()
    push(UInt32(bytes.count))
    return Reference(offset: reversed.count)
  }

  package mutating func vector(_ elements: [Reference]) -> Reference {
    align(4, before: 4 * elements.count)
    for element in elements.reversed() { push(element) }
    push(UInt32(elements.count))
    return Reference(offset: reversed.count)
  }

  /// A vector of structs of two 64-bit numbers each.
  package mutating func vector(pairs: [(Int64, Int64)]) -> Reference {
    align(4, before: 16 * pairs.count)
    align(8, before: 16 * pairs.count)
    for (first, second) in pairs.reversed() {
      push(second)
      push(first)
    }
    push(UInt32(pairs.count))
    return Reference(offset: reversed.count)
  }

  // MARK: Tables

  package mutating func beginTable() {
    slots = [:]
    tableStart = reversed.count
  }

  package mutating func field<Number: FixedWidthInteger>(_ slot: Int, _ value: Number) {
    push(value)
    slots[slot] = reversed.count
  }

  package mutating func field(_ slot: Int, _ value: Bool) { field(slot, value ? UInt8(1) : 0) }

  package mutating func field(_ slot: Int, _ target: Reference) {
    push(target)
    slots[slot] = reversed.count
  }

  package mutating func endTable() -> Reference {
    push(Int32(0))
    let table = reversed.count
    let slotCount = (slots.keys.max() ?? -1) + 1
    for slot in stride(from: slotCount - 1, through: 0, by: -1) {
      push(UInt16(slots[slot].map { table - $0 } ?? 0))
    }
    push(UInt16(table - tableStart))
    push(UInt16(4 + 2 * slotCount))
    let distance = UInt32(reversed.count - table)
    for index in 0..<4 { reversed[table - 1 - index] = UInt8(truncatingIfNeeded: distance >> UInt32(8 * index)) }
    return Reference(offset: table)
  }

  /// The finished message.
  package mutating func finish(_ root: Reference) -> [UInt8] {
    align(alignment, before: 4)
    push(root)
    return reversed.reversed()
  }
}
