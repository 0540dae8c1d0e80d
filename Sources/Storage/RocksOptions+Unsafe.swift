import CRocksDB
import StoreAPI

/// How the database uses memory, threads and the disk. Lives as long as the database.
final class RocksOptions {
    /// For families whose values are hashes, signatures, shares or ciphertext: nothing to compress.
    let handle: OpaquePointer = rocksdb_options_create()
    /// For families with text and zero padding.
    private let compressed: OpaquePointer = rocksdb_options_create()
    private let tables: OpaquePointer = rocksdb_block_based_options_create()
    private let cache: OpaquePointer

    private static let writeBufferBytes = 8 << 20
    private static let logBytes: UInt64 = 128 << 20
    private static let indexPartBytes: UInt64 = 16 << 10
    /// The cache is cut into eight, not into 64 by default, which would be too small each for what is large.
    private static let cacheShardBits: Int32 = 3
    /// Of RocksDB's own log levels, which the C interface does not name.
    private static let fatal: Int32 = 4
    private static let twoLevelIndex = Int32(rocksdb_block_based_table_index_type_two_level_index_search)

    /// - Parameter dropsTornTail: takes a log up to its first damaged record, whatever stands behind.
    init(memoryBytes: Int, dropsTornTail: Bool) {
        // Filters and indexes live in the cache too, so that the whole is bounded.
        let cacheOptions = rocksdb_lru_cache_options_create()
        defer { rocksdb_lru_cache_options_destroy(cacheOptions) }
        rocksdb_lru_cache_options_set_capacity(cacheOptions, memoryBytes / 2)
        rocksdb_lru_cache_options_set_num_shard_bits(cacheOptions, Self.cacheShardBits)
        cache = rocksdb_cache_create_lru_opts(cacheOptions)
        rocksdb_block_based_options_set_block_cache(tables, cache)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(tables, 1)
        // The filter and the index of a whole file take up to a megabyte: they are cut into parts that the cache can hold.
        rocksdb_block_based_options_set_index_type(tables, Self.twoLevelIndex)
        rocksdb_block_based_options_set_partition_filters(tables, 1)
        rocksdb_block_based_options_set_metadata_block_size(tables, Self.indexPartBytes)
        rocksdb_block_based_options_set_pin_top_level_index_and_filter(tables, 1)
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(tables, 1)
        rocksdb_block_based_options_set_filter_policy(tables, rocksdb_filterpolicy_create_bloom_full(10))
        rocksdb_block_based_options_set_format_version(tables, 5)
        for options in [handle, compressed] { configure(options, bufferBytes: memoryBytes / 2, dropsTornTail) }
        rocksdb_options_set_compression(handle, Int32(rocksdb_no_compression))
        rocksdb_options_set_compression(compressed, Int32(rocksdb_lz4_compression))
    }

    private func configure(_ options: OpaquePointer, bufferBytes: Int, _ dropsTornTail: Bool) {
        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_set_create_missing_column_families(options, 1)
        rocksdb_options_set_block_based_table_factory(options, tables)
        rocksdb_options_set_write_buffer_size(options, Self.writeBufferBytes)
        rocksdb_options_set_db_write_buffer_size(options, bufferBytes)
        // Rarely written families would else hold old logs back for ever.
        rocksdb_options_set_max_total_wal_size(options, Self.logBytes)
        rocksdb_options_set_max_open_files(options, 512)
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_bytes_per_sync(options, 1 << 20)
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1)
        rocksdb_options_set_keep_log_file_num(options, 3)
        rocksdb_options_set_max_log_file_size(options, 1 << 20)
        rocksdb_options_set_stats_dump_period_sec(options, 0)
        // A library with assertions aborts at its second log line that cannot be written, before the caller hears of a full disk.
        rocksdb_options_set_info_log_level(options, Self.fatal)
        // A log may end inside a record, which was never synced; damage anywhere before is an error. Point-in-time recovery
        // would drop everything behind a damaged record, also what was reported durable, and say nothing.
        let recovery = dropsTornTail ? rocksdb_point_in_time_recovery : rocksdb_tolerate_corrupted_tail_records_recovery
        rocksdb_options_set_wal_recovery_mode(options, Int32(recovery))
    }

    /// The options of a family; nil for one that is no column of this version.
    func family(_ column: Column?) -> OpaquePointer {
        switch column {
        case .block, .receipt, .code: compressed
        default: handle
        }
    }

    deinit {
        rocksdb_options_destroy(handle)
        rocksdb_options_destroy(compressed)
        rocksdb_block_based_options_destroy(tables)
        rocksdb_cache_destroy(cache)
    }
}
