import WireTypes

/// The shapes of bodies of the cargo dialect.
enum CargoSchemas {
  static let statuses = [
    "pending", "batched", "processing", "completed", "failed", "callback_pending", "callback_delivered",
    "callback_failed",
  ]

  static let all: [(name: String, schema: JSONSchema)] = [
    ("CargoError", .object(["detail": .text])),
    (
      "CargoModelError",
      .object([
        "detail": .object([
          "error": .choice("invalid_model"), "message": .text, "supported_models": .list(.text),
        ])
      ])
    ),
    (
      "CargoInvalid",
      .object([
        "detail": .list(
          .object(["loc": .list(.either(.text, .integer)), "msg": .text, "type": .text]))
      ])
    ),
    ("CargoLoad", .object(["params": params, "callback_url": .text(1...2048)], isOpen: true)),
    ("CargoTracking", .object(tracking)),
    (
      "CargoDetail",
      .object(
        tracking + [
          ("history", .list(.object(["status": .choice(statuses), "at": .time]))), ("model", .text.orNull),
          ("cancelled", .flag), ("error", .text.orNull), ("callback", callback.orNull), ("dialect", .text),
          ("pipeline", .text), ("token", .text.orNull), ("group", .text.orNull), ("links", .map(.text)),
        ])
    ),
    (
      "CargoResult",
      .object([
        "cargo_id": .text, "success": .flag, "response": .any, "error": .text.orNull,
        "error_message": .text.orNull,
        "created_at": .time,
      ])
    ),
    (
      "CargoModels",
      .object([
        "models": .list(
          .object([
            "model_id": .text, "description": .text, "model_family": .text, "available_for_anthropic": .flag,
            "available_for_bedrock": .flag, "bedrock_regions": .list(.text), "deprecated": .flag,
          ])),
        "current_provider": .text, "current_region": .text.orNull, "available_models": .list(.text),
      ])
    ),
  ]

  private static let tracking: [(String, JSONSchema)] = [
    ("cargo_id", .text), ("status", .choice(statuses)), ("status_description", .text), ("created_at", .time),
    ("updated_at", .time),
  ]

  private static let callback = JSONSchema.object([
    "url": .text,
    "state": JSONSchema.choice("pending", "retrying", "delivered", "failed", "manual_retry").orNull,
    "attempts": .list(
      .object(["attempt": .integer, "at": .time, "status": .integer.orNull, "error": .text.orNull])),
    "next_attempt_at": .text.orNull,
  ])

  private static let block = JSONSchema.object(
    ["type": .choice("text"), "text": .text],
    optional: ["cache_control": JSONSchema.object(["type": .choice("ephemeral")], isOpen: true).orNull],
    isOpen: true)
  private static let content = JSONSchema.either(.text, .list(block))
  private static let share = JSONSchema([
    .init("type", ["number", "null"]), .init("minimum", 0), .init("maximum", 1),
  ])

  private static let params = JSONSchema.object(
    ["model": .text, "messages": .list(.object(["role": .text, "content": content], isOpen: true))],
    optional: [
      "max_tokens": JSONSchema.integer(from: 1).orNull, "system": content.orNull, "temperature": share,
      "top_p": share,
      "top_k": JSONSchema.integer(from: 0).orNull, "stop_sequences": JSONSchema.list(.text).orNull,
    ], isOpen: true)
}
