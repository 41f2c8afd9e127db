// Goal: a builder can be undone and split at any row. Method: random appends, truncations and prefixes against an array.
import DataModel
import Testing

@Suite struct ColumnBuilderTests {
  @Test(arguments: 0..<40) func undoAndPrefix(seed: UInt64) {
    var random = RandomRows(seed: 300 + seed)
    let type = random.types(1)[0]
    var builder = ColumnBuilder(type)
    var model: [Value] = []
    for _ in 0..<60 {
      for _ in 0..<random.below(40) {
        let value = random.value(type)
        builder.append(value)
        model.append(value)
      }
      switch random.below(3) {
      case 0:
        let kept = random.below(model.count + 1)
        builder.truncate(to: kept)
        model.removeLast(model.count - kept)
      case 1:
        let taken = random.below(model.count + 1)
        let column = builder.finish(prefix: taken)
        #expect((0..<column.count).map { column.value(at: $0) } == Array(model.prefix(taken)))
        model.removeFirst(taken)
      default:
        builder.extend(byte: 7)
        builder.abandonBytes()
      }
      #expect(builder.count == model.count)
    }
    let column = builder.finish()
    #expect((0..<column.count).map { column.value(at: $0) } == model)
    #expect(builder.count == 0)
  }
}
