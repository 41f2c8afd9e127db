import Platform
import Testing
import Workflows

// Goal: the schedule starts every job once, within the bounds of its batch and of all, and shares by
// priority. Method: examples, then random batches, pauses, ends and removals against a model that counts.
@Suite struct BatchScheduleTests {
  private func jobs(_ count: Int, _ prefix: String = "j", mark: String? = nil) -> [BatchSchedule.Job] {
    (0..<count).map { BatchSchedule.Job(id: "\(prefix)\($0)", bytes: 100, mark: mark) }
  }

  private func bounds(weight: Int = 2, calls: Int, jobs: Int? = nil, perCall: Int = 1) -> BatchSchedule.Bounds
  {
    .init(weight: weight, callsMax: calls, jobsMax: jobs ?? calls, jobsPerCallMax: perCall)
  }

  private func starts(_ schedule: inout BatchSchedule) -> [BatchSchedule.Start] {
    var starts: [BatchSchedule.Start] = []
    while let start = schedule.next() { starts.append(start) }
    return starts
  }

  @Test("No more jobs than a batch allows, in order, and the next when one ends")
  func width() throws {
    var schedule = BatchSchedule(callsMax: 64)
    schedule.add("b", bounds: bounds(calls: 3), isPaused: false, jobs: jobs(5))
    let first = starts(&schedule)
    #expect(first.flatMap(\.jobs).map(\.id) == ["j0", "j1", "j2"])
    schedule.ended(first[1])
    #expect(starts(&schedule).flatMap(\.jobs).map(\.id) == ["j3"])
    #expect(!schedule.isDrained("b"))
  }

  @Test("Jobs share a call up to its bounds in number and bytes")
  func calls() {
    var schedule = BatchSchedule(callsMax: 64)
    schedule.add("b", bounds: bounds(calls: 4, jobs: 10, perCall: 4), isPaused: false, jobs: jobs(12))
    #expect(starts(&schedule).map(\.jobs.count) == [4, 4, 2])
    var large = BatchSchedule(callsMax: 64)
    let size = BatchSchedule.callBytesMax / 2 + 1
    large.add(
      "b", bounds: bounds(calls: 4, jobs: 10, perCall: 4), isPaused: false,
      jobs: (0..<3).map { .init(id: "j\($0)", bytes: size) })
    #expect(starts(&large).map(\.jobs.count) == [1, 1, 1])
  }

  @Test("Short calls are shared by priority, and no batch starves")
  func priorities() {
    var schedule = BatchSchedule(callsMax: 7)
    for (id, weight) in [("low", 1), ("normal", 2), ("high", 4)] {
      schedule.add(id, bounds: bounds(weight: weight, calls: 100), isPaused: false, jobs: jobs(50, id))
    }
    _ = starts(&schedule)
    #expect(schedule.running("low") == 1)
    #expect(schedule.running("normal") == 2)
    #expect(schedule.running("high") == 4)
  }

  @Test("A paused batch starts nothing but what was interrupted, and that under its key")
  func pause() {
    var schedule = BatchSchedule(callsMax: 64)
    var list = jobs(4)
    list[2].call = "k"
    list[3].call = "k"
    schedule.add("b", bounds: bounds(calls: 5), isPaused: true, jobs: list)
    let first = starts(&schedule)
    #expect(first.map(\.key) == ["k"])
    #expect(first.flatMap(\.jobs).map(\.id) == ["j2", "j3"])
    schedule.setPaused("b", false)
    #expect(starts(&schedule).flatMap(\.jobs).map(\.id) == ["j0", "j1"])
  }

  @Test("Jobs of one mark follow one another, also across batches")
  func marks() {
    var schedule = BatchSchedule(callsMax: 64)
    schedule.add("a", bounds: bounds(calls: 5), isPaused: false, jobs: jobs(2, "a", mark: "m"))
    schedule.add("b", bounds: bounds(calls: 5), isPaused: false, jobs: jobs(1, "b", mark: "m") + jobs(1, "c"))
    let first = starts(&schedule)
    #expect(Set(first.flatMap(\.jobs).map(\.id)) == ["a0", "c0"])
    schedule.ended(first[0].jobs[0].id == "a0" ? first[0] : first[1])
    let second = starts(&schedule)
    #expect(second.count == 1)
    schedule.ended(second[0])
    let third = starts(&schedule)
    #expect(Set((second + third).flatMap(\.jobs).map(\.id)) == ["a1", "b0"])
  }

  @Test("Random events: every job starts once, bounds hold, and all ends", arguments: 0..<60 as Range<UInt64>)
  func random(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    var schedule = BatchSchedule(callsMax: 6)
    var (added, removed, paused): ([String: BatchSchedule.Bounds], Set<String>, Set<String>) = ([:], [], [])
    var (seen, expected): (Set<String>, [String: Set<String>]) = ([], [:])
    var running: [BatchSchedule.Start] = []
    for round in 0..<400 {
      switch random.next(below: 8) {
      case 0 where added.count < 12:
        let id = "b\(round)"
        let width = Int(random.next(below: 5)) + 1
        added[id] = bounds(
          weight: [1, 2, 4][Int(random.next(below: 3))], calls: width, jobs: width,
          perCall: Int(random.next(below: 4)) + 1)
        let list = (0..<Int(random.next(below: 30))).map { index in
          BatchSchedule.Job(
            id: "\(id)-\(index)", bytes: 10,
            mark: random.next(below: 3) == 0 ? "m\(random.next(below: 4))" : nil)
        }
        expected[id] = Set(list.map(\.id))
        try schedule.add(id, bounds: #require(added[id]), isPaused: false, jobs: list)
      case 1:
        guard let id = added.keys.sorted().randomElement(by: random) else { continue }
        if paused.remove(id) == nil { paused.insert(id) }
        schedule.setPaused(id, paused.contains(id))
      case 2 where random.next(below: 6) == 0:
        guard let id = added.keys.sorted().randomElement(by: random) else { continue }
        schedule.remove(id)
        removed.insert(id)
        added[id] = nil
        running.removeAll { $0.batch == id }
      case 3, 4:
        guard !running.isEmpty else { continue }
        schedule.ended(running.remove(at: Int(random.next(below: UInt64(running.count)))))
      default:
        guard let start = schedule.next() else { continue }
        #expect(!paused.contains(start.batch) && added[start.batch] != nil)
        for job in start.jobs { #expect(seen.insert(job.id).inserted) }
        running.append(start)
      }
      #expect(running.count <= 6)
      let marks = running.flatMap(\.jobs).compactMap(\.mark)
      #expect(marks.count == Set(marks).count)
      for (id, bounds) in added {
        let mine = running.filter { $0.batch == id }
        #expect(mine.count <= bounds.callsMax && mine.flatMap(\.jobs).count <= bounds.jobsMax)
        #expect(mine.allSatisfy { $0.jobs.count <= bounds.jobsPerCallMax })
        #expect(schedule.running(id) == mine.flatMap(\.jobs).count)
      }
    }
    for id in paused { schedule.setPaused(id, false) }
    while true {
      let more = starts(&schedule)
      for job in more.flatMap(\.jobs) { #expect(seen.insert(job.id).inserted) }
      running += more
      guard !running.isEmpty else { break }
      schedule.ended(running.removeLast())
    }
    for id in added.keys {
      #expect(schedule.isDrained(id))
      #expect(expected[id]?.isSubset(of: seen) == true)
    }
    #expect(schedule.isIdle)
  }
}

extension Array {
  fileprivate func randomElement(by random: SeededRandom) -> Element? {
    isEmpty ? nil : self[Int(random.next(below: UInt64(count)))]
  }
}
