extension PrimarySchemas {
  static let letters: [Named] = [
    (
      "DeadLetter",
      .object([
        "id": .text, "table": .text, "endpoint": .text.orNull, "at": .time, "reason": .text,
        "position": .object(["offset": .count, "event_number": .count.orNull]), "step": .count.orNull,
        "raw": .text.said("Bytes that are no UTF-8 are replaced."), "raw_base64": .text, "truncated": .flag,
        "replayed": .count,
      ])
    ),
    (
      "DeadLetterSelection",
      .object(
        [],
        optional: [
          ("ids", .list(.text)), ("reason", JSONSchema.text.orNull), ("token", JSONSchema.text.orNull),
          ("table", JSONSchema.text.orNull), ("replayed", JSONSchema.flag.orNull),
          ("edits", .map(.text).said("Text to take instead, by id.")),
          (
            "format",
            .choice("csv", "json").said("Of the edits, and of records that came through a connector.")
          ),
          ("update_format", .text), ("array", .flag),
        ], isOpen: true
      ).said("At least one of ids, reason, token, table and edits.")
    ),
    (
      "DeadLetterReplay",
      .object([
        "replays": .list(
          .object([
            "token": .text, "table": .text, "ids": .list(.text), "accepted": .count, "rejected": .count,
            "errors": .list(.text),
          ])),
        "skipped": .list(.object(["id": .text, "reason": .text])),
      ])
    ),
  ]
}
