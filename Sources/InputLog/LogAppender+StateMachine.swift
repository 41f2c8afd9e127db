package import PipelineModel
import Platform

/// A part of a stage that waits in the store for its publication.
package struct StagedPart: Hashable, Sendable {
  package let part: UInt32
  package let records: Int
  package let checksum: UInt32
}

/// Pure half of `LogAppender`: pending → group → written → durable. Offsets are given when a request joins the queue,
/// so their order is the order of the calls; a failure fails all that waits, so no hole ever becomes durable.
package struct LogAppenderMachine<Ticket: Sendable>: Sendable {
  package enum Content: Sendable {
    case blocks(PackedBlocks)
    case parts(StageID, [StagedPart])

    var recordCount: Int {
      switch self {
      case .blocks(let packed): packed.recordCount
      case .parts(_, let parts): parts.reduce(0) { $0 + $1.records }
      }
    }

    package var byteCount: Int {
      switch self {
      case .blocks(let packed): packed.bytes.count
      case .parts(_, let parts): parts.count * 64
      }
    }
  }

  package struct Entry: Sendable {
    package let range: OffsetRange
    package let content: Content
    package let ticket: Ticket

    package init(range: OffsetRange, content: Content, ticket: Ticket) {
      self.range = range
      self.content = content
      self.ticket = ticket
    }
  }

  package enum AppendAction {
    /// It waits for the next group; `wake` when the commit thread may be asleep.
    case queued(wake: Bool)
    /// Nothing to write and nothing before it: answer with this empty range now.
    case complete(OffsetRange)
    case refuse(LogError)
  }

  package enum NextAction {
    /// Write these in one batch, then call `committed` or `failed`.
    case commit([Entry])
    case wait
    case stop
  }

  private enum Phase { case open, closing, failed(LogError) }

  private var phase = Phase.open
  private var pending: [Entry] = []
  private var pendingBytes = 0
  private var inFlight: [Entry] = []
  package private(set) var durableEnd: Offset
  /// Behind what was written and is not durable yet; never before `durableEnd`.
  package private(set) var writtenEnd: Offset
  /// End of all that waits: offset of the next request.
  private var tail: Offset

  /// Bytes that may wait: one group is written while the next one gathers.
  package static var pendingBytesMax: Int { 2 * Limits.groupCommitBytesMax }

  package init(durableEnd: Offset) {
    self.durableEnd = durableEnd
    writtenEnd = durableEnd
    tail = durableEnd
  }

  /// `writes` tells whether there is something to write beside the content.
  package mutating func append(_ content: Content, writes: Bool, ticket: Ticket) -> AppendAction {
    switch phase {
    case .closing: return .refuse(LogError(.closed, "log is closed"))
    case .failed(let error): return .refuse(error)
    case .open: break
    }
    if content.recordCount == 0, !writes, pending.isEmpty, inFlight.isEmpty, writtenEnd == durableEnd {
      return .complete(.empty(at: tail))
    }
    let bytes = content.byteCount
    guard pending.isEmpty || pendingBytes + bytes <= Self.pendingBytesMax,
      pending.count < Limits.groupCommitWaitersMax
    else { return .refuse(LogError(.full, "too much waits for the disk bytes=\(pendingBytes)")) }
    guard let end = tail.advanced(by: content.recordCount) else {
      return .refuse(LogError(.tooLarge, "offsets of the log are exhausted"))
    }
    pending.append(Entry(range: .clamped(first: tail, end: end), content: content, ticket: ticket))
    pendingBytes += bytes
    tail = end
    return .queued(wake: pending.count == 1)
  }

  /// Everything that waits, up to `Limits.groupCommitBytesMax` (but at least one request).
  package mutating func next() -> NextAction {
    precondition(inFlight.isEmpty, "one group at a time")
    if case .failed = phase { return .stop }
    guard !pending.isEmpty else {
      if case .closing = phase { return .stop }
      return .wait
    }
    var count = 0
    var bytes = 0
    while count < pending.count,
      count == 0 || bytes + pending[count].content.byteCount <= Limits.groupCommitBytesMax
    {
      bytes += pending[count].content.byteCount
      count += 1
    }
    if count == pending.count {
      swap(&inFlight, &pending)
    } else {
      inFlight = Array(pending[..<count])
      pending.removeFirst(count)
    }
    pendingBytes -= bytes
    return .commit(inFlight)
  }

  /// The group is durable, and with it all before it.
  package mutating func committed() {
    written()
    durableEnd = writtenEnd
  }

  /// The group is written; it becomes durable with a later one, or by `synced`.
  package mutating func written() {
    writtenEnd = inFlight.last?.range.end ?? writtenEnd
    inFlight = []
  }

  /// All that was written is durable.
  package mutating func synced() { durableEnd = writtenEnd }

  /// The group was not written: all of it and all behind it is to be told.
  package mutating func commitFailed(_ error: LogError) -> [Ticket] {
    let tickets = inFlight.map(\.ticket)
    inFlight = []
    return tickets + failed(error)
  }

  /// The store is of no use: whoever waits for a group is to be told. A group that is being written ends by
  /// itself.
  package mutating func failed(_ error: LogError) -> [Ticket] {
    if case .failed = phase { return [] }
    phase = .failed(error)
    let tickets = pending.map(\.ticket)
    pending = []
    pendingBytes = 0
    return tickets
  }

  /// No more requests; what waits is still written.
  package mutating func close() {
    if case .open = phase { phase = .closing }
  }

  package var pendingCount: Int { pending.count }

  /// Requests that wait, when one of the first is of the kind; 0 when no more come, or they fill a group.
  package func pendingCount(withAny isWanted: (Ticket) -> Bool) -> Int {
    guard case .open = phase, pendingBytes < Limits.groupCommitBytesMax,
      pending.prefix(64).contains(where: { isWanted($0.ticket) })
    else { return 0 }
    return pending.count
  }
}
