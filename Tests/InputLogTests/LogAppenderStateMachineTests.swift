// Goal: the queue of the appender decides rightly without threads or disks. Method: lists of events and the
// actions that must follow.
import InputLog
import PipelineModel
import Platform
import Testing

struct LogAppenderStateMachineTests {
  typealias Machine = LogAppenderMachine<Int>

  private func content(_ records: Int, bytes: Int = 3) throws -> Machine.Content {
    .blocks(try PackedBlocks([block(records, payload: [UInt8](repeating: 7, count: min(bytes, 200)))]))
  }

  private func queued(_ action: Machine.AppendAction) -> Bool? {
    if case .queued(let wake) = action { return wake }
    return nil
  }

  private func refusal(_ action: Machine.AppendAction) -> LogError.Code? {
    if case .refuse(let error) = action { return error.code }
    return nil
  }

  private func group(_ action: Machine.NextAction) -> [Machine.Entry]? {
    if case .commit(let entries) = action { return entries }
    return nil
  }

  @Test func everythingThatWaitsIsOneGroupInOrder() throws {
    var machine = Machine(durableEnd: Offset(10))
    #expect(queued(machine.append(try content(2), writes: false, ticket: 1)) == true)
    #expect(queued(machine.append(try content(1), writes: false, ticket: 2)) == false)
    #expect(queued(machine.append(try content(0), writes: false, ticket: 3)) == false)
    let entries = try #require(group(machine.next()))
    #expect(entries.map(\.ticket) == [1, 2, 3])
    #expect(entries.map(\.range) == [range(10, 12), range(12, 13), range(13, 13)])
    // What comes while the group is written waits for the next one.
    #expect(queued(machine.append(try content(5), writes: false, ticket: 4)) == true)
    machine.committed()
    #expect(machine.durableEnd == Offset(13))
    #expect(try #require(group(machine.next())).map(\.range) == [range(13, 18)])
    machine.committed()
    if case .wait = machine.next() {} else { Issue.record("nothing waits any more") }
  }

  @Test func nothingToWriteCompletesAtOnceOnlyWhenNothingIsBefore() throws {
    var machine = Machine(durableEnd: Offset(4))
    guard case .complete(let empty) = machine.append(try content(0), writes: false, ticket: 1) else {
      Issue.record("must complete at once")
      return
    }
    #expect(empty == range(4, 4))
    #expect(queued(machine.append(try content(0), writes: true, ticket: 2)) == true)
    #expect(queued(machine.append(try content(0), writes: false, ticket: 3)) == false)
  }

  @Test func aGroupIsBoundedInBytesButTakesAtLeastOneRequest() throws {
    var machine = Machine(durableEnd: .zero)
    let noise = (0..<Limits.groupCommitBytesMax / 2).map {
      UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13)
    }
    let big = Machine.Content.blocks(try PackedBlocks([block(1, payload: noise + noise + noise)]))
    let refusalsBefore = refusal(machine.append(big, writes: false, ticket: 1))
    #expect(refusalsBefore == nil)
    #expect(queued(machine.append(try content(1), writes: false, ticket: 2)) == false)
    if big.byteCount > Limits.groupCommitBytesMax {
      #expect(try #require(group(machine.next())).map(\.ticket) == [1])
      machine.committed()
      #expect(try #require(group(machine.next())).map(\.ticket) == [2])
    } else {
      #expect(try #require(group(machine.next())).map(\.ticket) == [1, 2])
    }
  }

  @Test func tooManyWaitersAreRefusedAndLeaveNoHole() throws {
    var machine = Machine(durableEnd: .zero)
    let one = try content(1)
    for ticket in 0..<Limits.groupCommitWaitersMax { _ = machine.append(one, writes: false, ticket: ticket) }
    #expect(refusal(machine.append(one, writes: false, ticket: -1)) == .full)
    let entries = try #require(group(machine.next()))
    #expect(entries.last?.range.end == Offset(UInt64(Limits.groupCommitWaitersMax)))
    machine.committed()
    #expect(queued(machine.append(one, writes: false, ticket: -2)) == true)
    #expect(
      try #require(group(machine.next())).first?.range.first == Offset(UInt64(Limits.groupCommitWaitersMax)))
  }

  @Test func aFailedGroupFailsAllThatWaitsAndAllThatComes() throws {
    var machine = Machine(durableEnd: .zero)
    _ = machine.append(try content(1), writes: false, ticket: 1)
    _ = machine.next()
    _ = machine.append(try content(1), writes: false, ticket: 2)
    let error = LogError(.storage, "planned")
    #expect(machine.commitFailed(error) == [1, 2])
    #expect(refusal(machine.append(try content(1), writes: false, ticket: 3)) == .storage)
    if case .stop = machine.next() {} else { Issue.record("a failed log stops") }
    #expect(machine.durableEnd == .zero)
    #expect(machine.failed(error).isEmpty)
  }

  @Test func aFailureBesideTheGroupLeavesTheGroupToItsWriter() throws {
    var machine = Machine(durableEnd: .zero)
    _ = machine.append(try content(1), writes: false, ticket: 1)
    _ = machine.next()
    _ = machine.append(try content(1), writes: false, ticket: 2)
    #expect(machine.failed(LogError(.storage, "elsewhere")) == [2])
    machine.committed()
    #expect(machine.durableEnd == Offset(1))
    // The same when the group fails as well: its waiters are told once.
    var other = Machine(durableEnd: .zero)
    _ = other.append(try content(1), writes: false, ticket: 1)
    _ = other.next()
    #expect(other.failed(LogError(.storage, "elsewhere")).isEmpty)
    #expect(other.commitFailed(LogError(.storage, "too")) == [1])
  }

  @Test func closingWritesWhatWaitsAndRefusesTheRest() throws {
    var machine = Machine(durableEnd: .zero)
    _ = machine.append(try content(1), writes: false, ticket: 1)
    machine.close()
    #expect(refusal(machine.append(try content(1), writes: false, ticket: 2)) == .closed)
    #expect(try #require(group(machine.next())).map(\.ticket) == [1])
    machine.committed()
    if case .stop = machine.next() {} else { Issue.record("a closed log stops when it is empty") }
  }

  @Test func offsetsEndWithoutTrap() throws {
    var machine = Machine(durableEnd: Offset(.max - 1))
    #expect(queued(machine.append(try content(1), writes: false, ticket: 1)) == true)
    #expect(refusal(machine.append(try content(1), writes: false, ticket: 2)) == .tooLarge)
  }
}
