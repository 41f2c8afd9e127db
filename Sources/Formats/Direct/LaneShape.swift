import CKernels
import DataModel

/// One shape of records: the bytes between the values and what each value is. Records that are exactly so are read
/// without looking at names and punctuation one by one.
///
/// The bytes of a shape come from a record that was accepted, or from the schema: what equals them means the same.
struct LaneShape: Sendable {
  private(set) var members: [tm_lane_member] = []
  /// Bytes before the values, one behind the other, the tail, then as many as a gap may have.
  private(set) var gaps: [UInt8] = []
  private(set) var tail = 0..<0
  /// Columns that its records lack.
  private(set) var missing: UInt64 = 0
  private(set) var isDelete = false
  private static let gapMax = Int(TM_LANE_GAP_MAX)
  let columns: Int
  let isCSV: Bool

  private init(_ plan: DirectPlan, isCSV: Bool) {
    columns = plan.columns.count
    self.isCSV = isCSV
  }

  /// Compact records that name all columns in order; nil when the lane cannot read a column.
  init?(_ plan: DirectPlan, of rows: RowPlan, envelope: Bool) {
    self.init(plan, isCSV: false)
    var gap = Array((envelope ? "{\"insert\":{" : "{").utf8)
    for (index, field) in rows.schema.fields.enumerated() {
      let name = field.name.spelled
      guard !name.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }) else { return nil }
      gap += Array("\(index > 0 ? "," : "")\"\(name)\":".utf8)
      guard append(gap.span, 0..<gap.count, plan, index) else { return nil }
      gap = []
    }
    close(Array((envelope ? "}}" : "}").utf8).span, 0..<(envelope ? 2 : 1))
  }

  /// Records of CSV; nil when the lane cannot read a column.
  init?(csv plan: DirectPlan) {
    self.init(plan, isCSV: true)
    let none: [UInt8] = []
    for index in plan.columns.indices {
      guard append(none.span, 0..<0, plan, index) else { return nil }
    }
    close(none.span, 0..<0)
  }

  /// The shape of an accepted record; nil when it has none that the lane can read.
  init?(_ text: Span<UInt8>, _ record: Range<Int>, _ plan: DirectPlan, of rows: RowPlan, envelope: Bool) {
    self.init(plan, isCSV: false)
    var seen: UInt64 = 0
    var at = record.lowerBound
    var gap = at
    do throws(JSONFault) {
      if envelope {
        try JSONTokenizer.expect(0x7B, text, &at)
        _ = try JSONTokenizer.peek(text, &at)
        isDelete = TextScan.matches(text, try JSONTokenizer.string(text, &at).range, "delete")
        try JSONTokenizer.expect(0x3A, text, &at)
      }
      try JSONTokenizer.expect(0x7B, text, &at)
      while true {
        _ = try JSONTokenizer.peek(text, &at)
        let name = try JSONTokenizer.string(text, &at)
        guard !name.hasEscapes else { return nil }
        try JSONTokenizer.expect(0x3A, text, &at)
        _ = try JSONTokenizer.peek(text, &at)
        let column = rows.find(text, name.range)
        let bit: UInt64 = column >= 0 ? 1 << UInt64(column) & plan.all : 0
        guard seen & bit == 0, append(text, gap..<at, plan, bit == 0 ? -1 : column) else { return nil }
        seen |= bit
        try JSONTokenizer.skipValue(text, &at, depth: 2)
        gap = at
        guard try JSONTokenizer.peek(text, &at) == 0x2C else { break }
        at += 1
      }
    } catch {
      return nil
    }
    guard gap < record.upperBound, record.upperBound - gap <= LaneShape.gapMax else { return nil }
    close(text, gap..<record.upperBound)
    missing = plan.all & ~seen
  }

  private mutating func append(_ text: Span<UInt8>, _ gap: Range<Int>, _ plan: DirectPlan, _ column: Int) -> Bool {
    guard gap.count <= LaneShape.gapMax, members.count < 256 else { return false }
    var member = tm_lane_member()
    member.gap_start = UInt32(gaps.count)
    member.gap_length = UInt32(gap.count)
    ByteKernels.append(text, gap, to: &gaps)
    if column >= 0, plan.skipped >> UInt64(column) & 1 == 0 {
      guard plan.columns[column].describe(&member) else { return false }
    } else {
      member.kind = UInt16(TM_LANE_SKIP)
    }
    members.append(member)
    return true
  }

  private mutating func close(_ text: Span<UInt8>, _ range: Range<Int>) {
    let start = gaps.count
    ByteKernels.append(text, range, to: &gaps)
    tail = start..<gaps.count
    gaps += repeatElement(0, count: LaneShape.gapMax)
  }
}

extension DirectColumn {
  /// False for types that the lane does not read.
  fileprivate func describe(_ member: inout tm_lane_member) -> Bool {
    let kind: Int
    switch self.kind {
    case .integer:
      kind = TM_LANE_INTEGER
      (member.low, member.high) = (low, high)
    case .string:
      guard !padded else { return false }
      kind = TM_LANE_STRING
      member.high = Int64(lengthMax)
    case .timestamp: kind = TM_LANE_TIMESTAMP
    case .date: kind = TM_LANE_DATE
    case .boolean: kind = TM_LANE_BOOLEAN
    case .double: kind = TM_LANE_DOUBLE
    case .decimal:
      kind = TM_LANE_DECIMAL
      (member.low, member.high) = (Int64(scale), Int64(limit))
    case .time, .real, .uuid, .indirect: return false
    }
    member.kind = UInt16(kind)
    member.nullable = nullable ? 1 : 0
    member.column = UInt32(index)
    return true
  }
}
