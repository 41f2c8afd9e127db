import CRocksDB
import CRocksLogger

/// Owner of the option objects of one open store.
///
/// RocksDB copies options on open and shares the cache by count, so this value may end after the open; it
/// lives as
/// long as the database to keep one order of destruction.
@safe struct RocksOptions: ~Copyable {
  let database: OpaquePointer
  let base: OpaquePointer
  let log: OpaquePointer
  private let cache: OpaquePointer

  init() {
    unsafe cache = rocksdb_cache_create_lru(RocksTuning.blockCacheBytes)
    unsafe database = RocksOptions.databaseOptions()
    unsafe base = RocksOptions.familyOptions(cache: cache, isLog: false)
    unsafe log = RocksOptions.familyOptions(cache: cache, isLog: true)
  }

  deinit {
    unsafe rocksdb_options_destroy(database)
    unsafe rocksdb_options_destroy(base)
    unsafe rocksdb_options_destroy(log)
    unsafe rocksdb_cache_destroy(cache)
  }

  private static func databaseOptions() -> OpaquePointer {
    let options: OpaquePointer = unsafe rocksdb_options_create()
    unsafe rocksdb_options_set_create_if_missing(options, 1)
    unsafe rocksdb_options_set_create_missing_column_families(options, 1)
    unsafe rocksdb_options_set_max_total_wal_size(options, RocksTuning.walBytesMax)
    unsafe rocksdb_options_set_wal_recovery_mode(options, RocksTuning.walRecoveryPointInTime)
    unsafe rocksdb_options_set_enable_pipelined_write(options, 0)
    unsafe rocksdb_options_set_manual_wal_flush(options, 0)
    unsafe rocksdb_options_set_max_open_files(options, RocksTuning.openFilesMax)
    unsafe rocksdb_options_set_max_background_jobs(options, RocksTuning.backgroundJobs)
    unsafe rocksdb_options_set_bytes_per_sync(options, RocksTuning.bytesPerSync)
    unsafe rocksdb_options_set_info_log(options, tidemark_silent_logger())
    unsafe rocksdb_options_set_stats_dump_period_sec(options, 0)
    return unsafe options
  }

  private static func familyOptions(cache: OpaquePointer, isLog: Bool) -> OpaquePointer {
    let options: OpaquePointer = unsafe rocksdb_options_create()
    let table: OpaquePointer = unsafe rocksdb_block_based_options_create()
    unsafe rocksdb_block_based_options_set_block_cache(table, cache)
    if isLog {
      unsafe rocksdb_block_based_options_set_block_size(table, RocksTuning.logBlockBytes)
    } else {
      // The table options own the filter from here on.
      unsafe rocksdb_block_based_options_set_filter_policy(
        table, rocksdb_filterpolicy_create_bloom_full(RocksTuning.bloomBitsPerKey))
    }
    unsafe rocksdb_options_set_block_based_table_factory(options, table)
    unsafe rocksdb_block_based_options_destroy(table)
    let buffer = isLog ? RocksTuning.logWriteBufferBytes : RocksTuning.baseWriteBufferBytes
    unsafe rocksdb_options_set_write_buffer_size(options, buffer)
    unsafe rocksdb_options_set_max_write_buffer_number(options, RocksTuning.writeBuffersMax)
    unsafe rocksdb_options_set_target_file_size_base(options, RocksTuning.targetFileBytes)
    // Log values are LZ4 already.
    let compression = isLog ? rocksdb_no_compression : rocksdb_lz4_compression
    unsafe rocksdb_options_set_compression(options, Int32(compression))
    return unsafe options
  }
}
