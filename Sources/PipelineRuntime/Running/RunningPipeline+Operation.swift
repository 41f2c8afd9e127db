import StorageAPI
import InputLog
import Completion
import DataModel
import Ingress
import Outputs
import PipelineModel
import Platform
import StepEngine

extension RunningPipeline: DeployedPipeline {
  package func stats() throws(PipelineError) -> PipelineStats {
    try gate.checkReady()
    let totals = stages.ledger.totals
    // Records of an open transaction count as processed, as in the product: nothing else is done with them before
    // its commit.
    let held = stages.transactions.heldEnd(processedEnd: totals.processedEnd)
    let durable = max(stages.appender.durableEnd, held)
    let inputs = stages.endpoints.all()
    var global = PipelineStats.Global(incarnation: identity.incarnation)
    global.isPaused = gate.isPaused
    global.rssBytes = ProcessFacts.residentBytes()
    global.cpuMilliseconds = ProcessFacts.cpuMilliseconds()
    let now = environment.clock.wall()
    global.uptimeMilliseconds = UInt64(clamping: (now.microseconds - identity.startedAt.microseconds) / 1000)
    global.startTimeSeconds = identity.startedAt.microseconds / 1_000_000
    global.initialStartTimeSeconds = identity.initialStart.microseconds / 1_000_000
    global.storageBytes = stages.store.sizeBytes()
    global.totalInputRecords = durable.rawValue
    global.totalProcessedRecords = held.rawValue
    global.transaction = transactionStats(now: now)
    global.totalCompletedRecords = totals.completedEnd.rawValue
    global.bufferedInputRecords = OffsetRange.clamped(first: held, end: durable).count
    global.totalInputBytes = inputs.reduce(0) { $0 &+ $1.totalBytes }
    global.totalProcessedBytes = traffic.processedBytes
    global.totalLateRecords = traffic.lateRecords
    global.bufferedInputBytes =
      global.totalInputBytes > global.totalProcessedBytes
        && (global.bufferedInputRecords > 0 || held == totals.processedEnd)
      ? global.totalInputBytes - global.totalProcessedBytes : 0
    global.totalInitiatedSteps = totals.initiatedSteps
    global.totalCompletedSteps = totals.completedSteps
    global.pipelineComplete =
      global.totalCompletedRecords == global.totalInputRecords
      && inputs.allSatisfy { $0.isHTTP || $0.endOfInput }
    var stats = PipelineStats(global: global)
    stats.inputs = inputs.map(inputStats)
    stats.outputs = stages.outputs.readings().map { outputStats($0, totals.processedEnd) }
    return stats
  }

  private func inputStats(_ reading: EndpointReading) -> PipelineStats.Input {
    var input = PipelineStats.Input(endpointName: reading.name, stream: reading.table)
    input.isHTTP = reading.isHTTP
    input.totalBytes = reading.totalBytes
    input.totalRecords = reading.totalRecords
    input.bufferedRecords = reading.bufferedRecords
    input.bufferedBytes = reading.bufferedBytes
    input.transportErrors = reading.transportErrors
    input.parseErrors = reading.parseErrors
    input.endOfInput = reading.endOfInput
    input.fatalError = reading.fatalError
    input.recentErrors = reading.recentErrors.map {
      PipelineStats.RecentError(at: $0.at, message: $0.message)
    }
    input.paused = stages.feeds.first { $0.name == reading.name }?.isPaused ?? false
    return input
  }

  private func outputStats(_ reading: OutputReading, _ processedEnd: Offset) -> PipelineStats.Output {
    var output = PipelineStats.Output(endpointName: reading.name, stream: reading.relation)
    output.transmittedRecords = reading.transmittedRecords
    output.transmittedBytes = reading.transmittedBytes
    output.queuedRecords = reading.queuedRecords
    output.queuedBatches = reading.queuedBatches
    output.transportErrors = reading.transportErrors
    output.processedSteps = reading.deliveredSteps
    output.processedInputRecords = reading.processedInputRecords
    output.memoryBytes = reading.memoryBytes
    output.guarantee = reading.guarantee
    output.fatalError = reading.fatalError
    output.recentErrors = reading.recentErrors.map {
      PipelineStats.RecentError(at: $0.at, message: $0.message)
    }
    return output
  }

  package func connectorAction(
    table: SQLIdentifier, connector: String, start: Bool
  ) throws(PipelineError) {
    let name = "\(table.canonical).\(connector)"
    guard let feed = stages.feeds.first(where: { $0.name == name }) else {
      throw PipelineError(.unknownInputEndpoint, "unknown input endpoint '\(name)'")
    }
    if start { feed.resume() } else { feed.pause() }
  }

  package func requestCheckpoint() throws(PipelineError) -> UInt64 {
    try gate.checkReady()
    return stages.checkpoints.request()
  }

  package func checkpointStatus() -> CheckpointActivity { stages.checkpoints.activity }
  package func checkpoints() -> [CheckpointSummary] { stages.checkpoints.summaries }
}
