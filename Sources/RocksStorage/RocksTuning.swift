/// Every number given to RocksDB, with its reason.
enum RocksTuning {
  /// Opening replays at most this much (facts.md: opening must stay fast).
  static let walBytesMax: UInt64 = 64 << 20
  /// Log groups are written once and read in order: one buffer holds about a second of heavy ingress.
  static let logWriteBufferBytes = 32 << 20
  static let baseWriteBufferBytes = 16 << 20
  /// One being filled, one being flushed, one spare so that a slow flush does not stall the commit thread at
  /// once.
  static let writeBuffersMax: Int32 = 3
  /// Shared by both families of one store; the log is read mostly once.
  static let blockCacheBytes = 32 << 20
  /// Groups are up to megabytes: a big block saves index entries.
  static let logBlockBytes = 64 << 10
  /// A log of 100 GB has 1,600 files of 64 MB; many pipelines share the process's descriptors.
  static let openFilesMax: Int32 = 512
  static let targetFileBytes: UInt64 = 64 << 20
  /// One flush and one compaction at a time: the machine's cores belong to steps.
  static let backgroundJobs: Int32 = 2
  /// Spreads write-back of table files, so that a flush does not slow the WAL's fdatasync.
  static let bytesPerSync: UInt64 = 1 << 20
  static let bloomBitsPerKey = 10.0
  /// kPointInTimeRecovery: a torn tail is normal after a power cut; the watermark notices loss (design.md
  /// section 3).
  static let walRecoveryPointInTime: Int32 = 2
}
