/// Every bound of the product that is not a user's setting; units last in the name. `LimitsTests` asserts the
/// relations.
package enum Limits {
  // MARK: Records and ingress

  /// One record in its text form: a JSON value or CSV line beyond it ends the request with an error.
  package static let recordBytesMax = 16 << 20
  /// A compressed body beyond it, decompressed, ends the request with an error.
  package static let decompressedBytesMax: UInt64 = 4 << 30
  /// Parsed block handed to the appender: big enough for columns to pay, small enough to keep the pipeline
  /// moving.
  package static let ingestBlockBytes = 1 << 20
  /// A body beyond it is published in parts; with `atomic=true` it answers 413.
  package static let ingestPartBytes = 256 << 20
  /// Staged parts of a large body are written to the store in rows of about this size.
  package static let stagedFlushBytes = 8 << 20
  /// Row errors listed in one answer; the rest is counted.
  package static let rowErrorsListedMax = 1000
  /// Raw bytes kept of one rejected row.
  package static let rejectedRowBytesMax = 4 << 10
  /// Raw bytes of rejected rows kept a pipeline, the default of `dead_letter_bytes`; beyond it only counts
  /// are kept.
  package static let deadLetterBytes = 256 << 20

  // MARK: Log and group commit

  /// Bytes that one group may join: bounds the value size in the store and the time of one fsync.
  package static let groupCommitBytesMax = 32 << 20
  /// Producers that may wait for one group.
  package static let groupCommitWaitersMax = 65_536
  /// Decoded records of a pipeline on their way into the log and to the next step; the rest is read back.
  package static let recentBlocksBytesMax = 32 << 20
  /// Decompressed length of any stored block; a greater one in a header is damage, not data.
  package static let storedBlockBytesMax = 1 << 30
  /// What was written for requests that do not wait for durability is synced after this time at most.
  package static let asyncSyncNanoseconds: UInt64 = 50_000_000
  /// Period of syncing the watermark file.
  package static let watermarkSyncNanoseconds: UInt64 = 1_000_000_000

  // MARK: Steps and checkpoints

  /// Input bytes of one step: bounds memory and the latency of control commands.
  package static let stepBytesMax = 32 << 20
  /// Steps of a stream of records begin so far apart.
  package static let stepPaceNanoseconds: UInt64 = 3_000_000
  /// Step numbers reserved by one synced write; a crash wastes at most this many.
  package static let stepsReservedBlock: UInt64 = 4096
  package static let checkpointsKept = 3
  /// Marks of the log's age and size lie so close that about this part of what `log_retention` asks for is kept beyond.
  package static let logMarksPart: Int64 = 256
  /// What a store holds in memory beyond it goes to files after a checkpoint: restart replays little and memory
  /// stays flat.
  package static let checkpointFlushBytes: UInt64 = 1 << 20
  /// A stop writes a checkpoint only when it is expected within this time.
  package static let stopCheckpointWaitNanoseconds: UInt64 = 10_000_000_000

  /// States of changed programs that are computed at once in the process; each has a thread and its own memory.
  package static let bootstrapsMax = 4

  // MARK: State

  /// Encoded rows of one block of a state file, before compression: one read of a point look-up.
  package static let stateBlockBytes = 128 << 10
  /// Memory for the state and cached blocks of a pipeline is this part of the machine's, unless it is configured,
  package static let stateMemoryPart: UInt64 = 4
  /// but not less than this.
  package static let stateMemoryBytes = 512 << 20
  /// A configured one counts as at least this: a few blocks of each of many traces.
  package static let stateMemoryBytesMin = 8 << 20
  /// Batches below it stay in memory, unless it is configured.
  package static let spilledBatchBytesMin = 256 << 10
  /// State files are written in pieces of about this size.
  package static let stateWriteBytes = 1 << 20
  /// Rows that one insert into a trace merges at once; more are merged in the background.
  package static let inlineMergeRowsMax = 16_384
  /// Operators with less in front of their traces bring them up to date on one thread.
  package static let parallelFlushBytesMin = 4 << 20
  /// Runs of one trace beyond which an insert waits for the background.
  package static let traceRunsMax = 32

  // MARK: Memory of the process

  /// Free memory beyond it goes back to the system,
  package static let freeMemoryBytesMax = 256 << 20
  /// looked at so often.
  package static let freeMemorySeconds: Int64 = 30

  // MARK: Outputs

  /// Deltas of one sink kept in memory; beyond it they are spilled.
  package static let outputQueueBytesMax = 64 << 20
  /// Bytes that one egress subscriber may lag in memory.
  package static let subscriberQueueBytes = 16 << 20
  /// A subscriber without progress for this long is disconnected.
  package static let subscriberTimeoutNanoseconds: UInt64 = 30_000_000_000

  // MARK: Completion

  /// Long polls parked at once in the process.
  package static let parkedWaitsMax = 100_000
  /// Tokens of one group.
  package static let groupTokensMax = 10_000
  /// Tokens that one event stream may watch.
  package static let eventTokensMax = 100
  /// Longest `wait` of a request.
  package static let waitNanosecondsMax: UInt64 = 600_000_000_000

  /// Reads of old offset → step rows that a ledger remembers, of 16 rows each: about 0.5 MB.
  package static let stepRunsCachedMax = 1024

  // MARK: Idempotency

  package static let idempotencyKeyBytesMax = 255
  /// How long the answer to an `Idempotency-Key` is kept.
  package static let idempotencyRetentionSeconds: Int64 = 7 * 86_400

  // MARK: Webhooks

  /// Webhooks of one pipeline that are not delivered or dead yet.
  package static let openWebhooksMax = 60_000
  /// Deliveries of one pipeline under way at once, to all servers and to one: a server that hangs keeps its own
  /// waiting.
  package static let webhookSendsMax = 1024
  package static let webhookSendsPerServerMax = 32
  package static let webhookURLBytesMax = 2048
  /// Work held in memory, a project; what is not closed is always held.
  package static let workBytesMax = 128 << 20
  package static let webhookTimeoutSeconds: Int64 = 15
  /// How long delivered and dead webhooks are listed.
  package static let webhookRetentionSeconds: Int64 = 7 * 86_400

  // MARK: Calls to other servers

  /// Connections to one server, and to all.
  package static let outboundConnectionsPerServerMax = 64
  package static let outboundConnectionsMax = 1024
  /// Calls that wait for a connection.
  package static let outboundWaitingMax = 65_536
  /// A connection without a call is closed after this time.
  package static let outboundIdleSeconds: Int64 = 10
  /// No call begins on a connection older than this: names move.
  package static let outboundConnectionAgeSeconds: Int64 = 60
  /// For one address of a name; then the next one is tried.
  package static let outboundConnectSeconds: Int64 = 5
  package static let outboundTimeoutSecondsMax = 3600.0

  // MARK: Workflow graphs

  /// Nodes of one graph, those of its groups included.
  package static let graphNodesMax = 1000
  package static let graphBytesMax = 4 << 20
  /// Text of one node's `config`, sub-graphs aside.
  package static let nodeConfigBytesMax = 256 << 10
  /// Groups within groups.
  package static let groupNestingMax = 8
  /// Executions of one run, those of its groups and all attempts included.
  package static let runStepsMax = 10_000
  /// Executions that one turn of a run may begin; the caller then yields.
  package static let runTurnStepsMax = 100
  /// Computed configs and outputs of one run.
  package static let runBytesMax = 64 << 20
  /// One of them, and how deep it may nest: what is stored can be read back.
  package static let nodeValueBytesMax = 4 << 20
  package static let nodeValueDepthMax = 48
  /// Items of one group under way at once.
  package static let groupItemsAtOnce = 8
  package static let nodeAttemptsMax = 100
  /// Longest pause between two attempts of a node, and longest first one.
  package static let nodeRetryMillisecondsMax: Int64 = 86_400_000
  package static let delayMinutesMax = 525_600.0
  /// Characters of one expression.
  package static let expressionTextMax = 16 << 10
  /// Nesting of one expression; bounds the evaluator's stack.
  package static let expressionDepthMax = 64
  /// Evaluated operations, list elements and pieces of 16 characters that all expressions of one config may cost.
  package static let expressionWorkMax = 500_000
  /// Characters of one text that an expression makes.
  package static let expressionResultMax = 1 << 20
  // MARK: Runs

  /// Records of one batch of runs.
  package static let batchRunsMax = 100_000
  /// Records of a segment whose changes a play takes: with what is seen they are one append.
  package static let segmentBytesMax = 64 << 20
  /// A file of records as it comes, and its records as JSON.
  package static let recordFileBytesMax = 32 << 20
  package static let recordFileTextMax = 64 << 20
  /// Memory that batches of chosen records, and files of them, may take together while they are made; one that takes
  /// more is made alone.
  package static let batchMemoryBytes = 64 << 20
  /// Bytes of memory that one byte of JSON takes as values.
  package static let jsonValueExpansion = 8
  /// JSON of a batch that does not wait for the large ones.
  package static let smallBatchTextBytes = 1 << 20
  /// Changes and releases of one workflow.
  package static let workflowEventsMax = 10_000
  /// Text of the graphs that are kept parsed, of one project.
  package static let graphLibraryBytesMax = 8 << 20
  /// Text of all graphs of one page of a list.
  package static let workPageBytesMax = 64 << 20
  /// Subjects that a list looks at.
  package static let workListMax = 10_000

  // MARK: Batches

  /// All files of one batch.
  package static let batchBytesMax = 100 << 20
  /// Headers, boundaries and other fields of its body.
  package static let batchOverheadBytesMax = 1 << 20
  /// A JSON document with items; more come as lines.
  package static let batchDocumentBytesMax = 32 << 20
  /// Bodies of new batches that are read at once, in all.
  package static let batchIntakeBytesMax = 256 << 20
  /// One file of a batch: in base64, with its header, it is one record of the log.
  package static let batchFileBytesMax = 11 << 20
  /// One item of a batch: with its escapes it is one record of the log.
  package static let batchItemBytesMax = 4 << 20

  // MARK: Storage

  /// First pause before a storage that failed is opened again; it doubles five times.
  package static let storageReopenNanoseconds: UInt64 = 500_000_000
  /// Failures in a row, a full disk aside, after which the pipeline stops with the error.
  package static let storageReopeningsMax = 8

  // MARK: HTTP and SQL

  /// All header bytes of a request.
  package static let requestHeaderBytesMax = 64 << 10
  package static let urlBytesMax = 64 << 10
  /// Body of a control request that carries no records.
  package static let controlBodyBytesMax = 8 << 20
  /// SQL program of a pipeline, and an ad-hoc query.
  package static let sqlTextBytesMax = 4 << 20
  /// Ad-hoc queries of one pipeline that are evaluated or wait for a thread; more are refused.
  package static let activeQueriesMax = 64
  /// Rows that one ad-hoc query may hold, in bytes.
  package static let queryBytesMax = 1 << 30
  package static let queryNanosecondsMax: UInt64 = 300_000_000_000
  /// Names of pipelines, projects, API keys and groups.
  package static let resourceNameBytesMax = 63
  package static let connectionsMax = 10_000

  // MARK: Access

  package static let projectsMax = 10_000
  /// Keys kept of one project, revoked ones included.
  package static let projectKeysMax = 1000

  // MARK: Threads

  package static let threadStackBytes = 8 << 20
  /// Work queued for blocking threads; beyond it callers run it themselves.
  package static let blockingPoolQueueMax = 65_536
}
