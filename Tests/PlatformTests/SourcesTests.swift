// Goal: time, randomness, limits and process facts are sane. Method: properties, fixed vectors, relations.
import PipelineModel
import Platform
import Testing

@Suite struct SourcesTests {
  @Test func seededRandomRepeatsAndMatchesSplitMix64() {
    let random = SeededRandom(seed: 1_234_567)
    #expect([random.next(), random.next()] == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973])
    #expect(SeededRandom(seed: 5).bytes(13) == SeededRandom(seed: 5).bytes(13))
    #expect(SeededRandom(seed: 5).bytes(13).count == 13)
  }

  @Test func boundedNumbersStayBelowAndReachAll() {
    let random = SeededRandom(seed: 2)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<6000 { counts[Int(random.next(below: 6))] += 1 }
    #expect(counts.allSatisfy { $0 > 850 && $0 < 1150 })
  }

  @Test func clocksMoveAndIdsCarryTheTime() {
    let clock = SystemClock()
    let first = clock.monotonic()
    #expect(clock.monotonic() >= first)
    #expect(clock.wall().microseconds > 1_600_000_000_000_000)
    let before = UInt64(clock.wall().microseconds / 1000)
    let id = UniqueID.version7(clock: clock, random: SystemRandom())
    #expect(id.high >> 16 >= before && id.high >> 16 <= before + 60_000)
    #expect(id.high >> 12 & 15 == 7 && id.low >> 62 == 2)
    #expect(id != UniqueID.version7(clock: clock, random: SystemRandom()))
  }

  @Test func processFactsAreRead() {
    #expect(ProcessFacts.residentBytes() > 1 << 20)
    #expect(ProcessFacts.raiseFileDescriptorLimit() >= 256)
    #expect(ProcessFacts.processID > 0)
    #expect(ProcessFacts.cpuMilliseconds() < 86_400_000)
  }

  @Test func limitsHoldTogether() {
    // A record must fit into a group and a step, or it could never be taken.
    #expect(Limits.recordBytesMax <= Limits.groupCommitBytesMax)
    #expect(Limits.recordBytesMax <= Limits.stepBytesMax)
    #expect(Limits.ingestBlockBytes <= Limits.stagedFlushBytes)
    #expect(Limits.stagedFlushBytes <= Limits.groupCommitBytesMax)
    #expect(Limits.ingestPartBytes <= Limits.storedBlockBytesMax)
    #expect(Limits.groupCommitBytesMax <= Limits.storedBlockBytesMax)
    #expect(Limits.resourceNameBytesMax == PipelineName.lengthMax)
    #expect(Limits.checkpointsKept > 0 && Limits.stepsReservedBlock > 0)
  }
}
