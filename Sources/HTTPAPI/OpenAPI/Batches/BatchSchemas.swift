import WireTypes

/// The shapes of bodies of the batch dialect.
enum BatchSchemas {
  static let state = JSONSchema.choice("created", "running", "paused", "completed", "failed", "cancelled")
  private static let media = JSONSchema.choice("document", "image", "video", "audio", "3d_model")

  static let all: [(name: String, schema: JSONSchema)] = [
    (
      "BatchError",
      .object(
        [
          "success": .choice(flag: false), "message": .text, "code": .text, "status_code": .integer,
          "request_id": .text,
        ],
        optional: ["details": .map(.any), "suggestion": .text])
    ),
    (
      "BatchMetadata",
      .object(["request_id": .text, "api_version": .text, "cache_ttl": .count, "cache_remaining": .count])
    ),
    ("Batch", batch([])), ("BatchJob", job), ("BatchJobResult", result),
    ("BatchJobError", .object(["message": .text, "code": .text, "details": .any])),
    (
      "BatchProgress",
      .object([
        "percentage": .number, "completed": .count, "failed": .count, "pending": .count, "processing": .count,
        "total": .count, "skipped": .count, "cancelled": .count,
      ]).said("completed, failed, pending and processing add up to total.")
    ),
    (
      "BatchTiming",
      .object(
        [
          "created_at": .time, "started_at": .time.orNull, "updated_at": .time, "completed_at": .time.orNull,
          "elapsed_time": .number, "average_item_time": .number.orNull,
        ], optional: ["estimated_completion": .time])
    ),
    (
      "BatchCrossIds",
      .object(
        ["dialect": .text, "pipeline": .text, "token": .text.orNull],
        optional: ["orchestration_batch": .uuid, "why": .text, "explain": .text])
    ),
  ]

  /// A good answer.
  static func envelope(_ data: JSONSchema) -> JSONSchema {
    .object([
      "success": .choice(flag: true), "message": .text, "data": data, "metadata": .ref("BatchMetadata"),
    ])
  }

  /// Members may be left out by `fields` and `metrics_only`.
  private static func batch(_ more: [(String, JSONSchema)]) -> JSONSchema {
    .object(
      [("batch_id", .text)] + more,
      optional: [
        ("batch_name", .text), ("status", state), ("collection_id", .text),
        ("progress", .ref("BatchProgress")),
        ("timing", .ref("BatchTiming")), ("job_details", .list(.ref("BatchJob"))),
        ("error_summary", .list(summary)),
        ("error", .ref("BatchJobError")), ("batch_configuration", configuration),
        ("cross_ids", .ref("BatchCrossIds")),
      ])
  }

  static let status = JSONSchema.ref("Batch")

  static let list = JSONSchema.object([
    "batches": .list(.ref("Batch")),
    "pagination": .object(["page": .count, "page_size": .count, "has_more": .flag]),
  ])

  private static let configuration = JSONSchema.object([
    "max_concurrent": .integer(from: 1), "priority": .choice("low", "normal", "high"),
    "timeout": .integer(from: 1),
    "notification_enabled": .flag,
  ])

  private static let summary = JSONSchema.object([
    "error_type": .text, "count": .integer(from: 1), "affected_files": .list(.text), "resolution": .text,
  ])

  private static let job = JSONSchema.object(
    [
      "job_id": .text, "file_path": .text, "media_type": media,
      "status": .choice("pending", "processing", "completed", "failed", "cancelled", "skipped"),
      "progress": .number, "started_at": .time.orNull, "completed_at": .time.orNull,
    ], optional: ["error": .ref("BatchJobError"), "duplicate_of": .text.orNull])

  private static let result = JSONSchema.object(
    [
      "job_id": .text, "filename": .text, "media_id": .text.orNull, "media_type": media,
      "status": .choice("pending", "processing", "succeeded", "failed", "cancelled", "skipped"),
      "completed_at": .time.orNull,
    ], optional: ["result": .any, "error": .ref("BatchJobError"), "duplicate_of": .any])

  static let results = JSONSchema.object([
    "batch_summary": .object([
      "batch_id": .text, "batch_name": .text, "status": state, "collection": .text,
      "completion": .object([
        "total_items": .count, "successful": .count, "failed": .count, "skipped": .count,
        "completion_rate": .number,
      ]),
    ]),
    "job_results": .list(.ref("BatchJobResult")),
    "statistics": .object([
      "media_distribution": .object([
        "total": .count, "document": .count, "image": .count, "video": .count, "audio": .count,
        "3d_model": .count,
      ])
    ]),
    "pagination": .object([
      "page": .count, "page_size": .count, "total_items": .count, "total_pages": .count, "has_more": .flag,
    ]),
    "cross_ids": .ref("BatchCrossIds"),
  ])

  static let created = JSONSchema.object([
    "batch_id": .text, "batch_name": .text, "status": .choice("created"), "collection_id": .text,
    "total_items": .count, "created_at": .time,
    "jobs": .list(.object(["job_id": .text, "file_path": .text, "media_type": media])), "status_url": .text,
    "results_url": .text, "cross_ids": .ref("BatchCrossIds"),
  ])

  static let account = JSONSchema.object([
    "status": .choice("operational"), "version": .text, "account": .object(["project": .text]),
    "batches": .object(["open": .count, "jobs_pending": .count, "jobs_processing": .count]),
    "rate_limits": .list(
      .object([
        "of": .text, "unit": .text, "limit": .count, "remaining": .count, "reset_seconds": .count,
        "window_size": .count,
      ])), "timestamp": .time,
  ])

  static let items = JSONSchema.object(
    [("items", .list(.any, 1...100_000))],
    optional: [
      ("batch_options", .either(.map(.any), .text, .null)), ("batch_name", JSONSchema.text(1...255).orNull),
      ("collection_id", JSONSchema.text(1...64, pattern: "^[A-Za-z0-9._-]+$").orNull),
      ("force_overwrite", JSONSchema.flag.orNull),
      ("max_concurrent", JSONSchema.integer(from: 1, to: 1000).orNull),
      ("priority", JSONSchema.choice("low", "normal", "high").orNull),
      ("timeout", JSONSchema.integer(from: 1, to: 2_592_000).orNull),
      ("notification_enabled", JSONSchema.flag.orNull),
    ], isOpen: true)
}
