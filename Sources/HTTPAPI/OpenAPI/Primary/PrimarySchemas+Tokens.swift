extension PrimarySchemas {
  static let tokens: [Named] = [
    ("CompletionStatus", .object(completion, optional: [("replayed", .integer(from: 1)), ("token", .text)])),
    (
      "IngestAnswer",
      .object(
        [("token", .text)], optional: completion + [("replayed", .integer(from: 1)), ("durability", .choice("async"))])
    ),
    (
      "Blocker",
      .object([
        "kind": .text, "name": .text, "lag_steps": .count, "last_error": .text.orNull,
      ])
    ),
    (
      "GroupStatus",
      .object([
        "status": .choice("complete", "inprogress"), "mode": .choice("all", "any"), "step": .count.orNull,
        "total": .integer(from: 1), "completed": .count, "accepted": .count, "rejected": .count,
        "blocked_by": .list(.ref("Blocker")), "eta_ms": .count.orNull,
        "tokens": .list(.either(.ref("CompletionStatus"), .ref("GoneToken"))),
      ])
    ),
    (
      "GoneToken",
      .object(["status": .choice("gone"), "error_code": .text, "message": .text, "details": .any])
    ),
    (
      "TokenEvent",
      .object([
        "id": .text(pattern: "^[0-4]+$").said("One digit a token: the level that was told of it."),
        "event": .choice("durable", "processed", "complete", "gone"),
        "data": .text.said(
          "JSON: index, token, level, and step, accepted and rejected or error_code and details."),
      ])
    ),
    ("DelayReport", delay),
    ("TokenStory", story),
    ("Webhook", .object(webhook)),
    ("NewWebhook", .object(webhook + [("secret", .text(pattern: "^whsec_"))])),
  ]

  private static let completion: [(String, JSONSchema)] = [
    ("status", .choice("complete", "inprogress")),
    ("step", .count.orNull.said("Complete when so many steps are; null while the records are in none.")),
    ("accepted", .count), ("rejected", .count), ("dead", .count), ("view_errors", .count),
    ("blocked_by", .list(.ref("Blocker"))), ("eta_ms", .count.orNull),
  ]

  private static let delay = JSONSchema.object(
    [
      "status": .choice("complete", "inprogress", "unknown"), "step": .count.orNull,
      "reasons": .list(
        .object([
          "kind": .text, "name": .text, "message": .text, "lag_steps": .count, "last_error": .text.orNull,
          "fatal": .flag, "advice": .text,
        ])),
      "backlog": JSONSchema.object([
        "records": .count, "records_per_second": .number, "eta_ms": .count.orNull,
      ]).orNull,
      "token": .text.orNull,
    ], optional: ["work": work])

  private static let work = JSONSchema.object([
    "kind": .choice("item", "group"), "id": .text, "dialect": .text, "status": .text, "group": .text.orNull,
    "created_at": .time, "updated_at": .time,
  ])

  private static let range = JSONSchema.list(.count, 2...2).said("First offset, and the one behind the last.")

  private static let story = JSONSchema.object(
    [("status", .choice("complete", "inprogress")), ("token", .text.orNull), ("timeline", .list(event))],
    optional: [
      ("step", .count.orNull), ("accepted", .count), ("rejected", .count), ("records", range),
      ("table", .text.orNull),
      ("endpoint", .text.orNull), ("incarnation", .uuid), ("work", work),
    ])

  private static let event = JSONSchema.object(
    ["event": .text, "done": .flag, "at": .time.orNull],
    optional: [
      "sink": .text, "step": .count.orNull, "records": range, "count": .count, "last_error": .text,
      "status": .text.said("Of work."), "detail": .any,
    ])

  private static let webhook: [(String, JSONSchema)] = [
    ("id", .uuid), ("url", .text), ("state", .choice("waiting", "pending", "delivered", "dead")),
    ("tokens", .list(.text)), ("created_at", .time), ("next_attempt_at", .time.orNull),
    ("attempts", .list(.object(["at": .time, "status": .integer.orNull, "error": .text.orNull]))),
  ]
}
