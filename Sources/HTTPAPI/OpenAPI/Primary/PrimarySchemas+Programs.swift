extension PrimarySchemas {
  static let programs: [Named] = [
    (
      "ProgramInfo",
      .object([
        "schema": .object(["inputs": .list(.ref("Relation")), "outputs": .list(.ref("Relation"))]),
        "input_connectors": .map(connector), "output_connectors": .map(connector), "udf_stubs": .text,
      ])
    ),
    (
      "Relation",
      .object([
        "name": .text, "case_sensitive": .flag, "fields": .list(.ref("Field")), "materialized": .flag,
        "properties": .map(.object(["value": .text])), "primary_key": JSONSchema.list(.text).orNull,
        "foreign_keys": .list(.any),
      ])
    ),
    (
      "Field",
      .object([
        "name": .text, "case_sensitive": .flag, "columntype": .ref("ColumnType"), "lateness": .null,
        "default": .null, "unused": .flag, "watermark": .null,
      ])
    ),
    (
      "ColumnType",
      .object([
        "type": .text, "nullable": .flag, "precision": .integer.orNull, "scale": .integer.orNull,
        "component": nested, "key": nested, "value": nested, "fields": JSONSchema.list(member).orNull,
      ])
    ),
    (
      "SqlCompilation",
      .object(["exit_code": .integer, "messages": .list(.ref("CompilerMessage"))])
    ),
    (
      "CompilerMessage",
      .object([
        "start_line_number": .count, "start_column": .count, "end_line_number": .count, "end_column": .count,
        "warning": .flag, "error_type": .text, "message": .text, "snippet": .text,
      ])
    ),
    (
      "ProgramError",
      .object([
        "sql_compilation": .ref("SqlCompilation"),
        "rust_compilation": JSONSchema.object(["exit_code": .integer, "stdout": .text, "stderr": .text])
          .orNull,
        "system_error": .text.orNull,
      ])
    ),
    (
      "Validation",
      .either(
        .object(["Success": .object(["program_info": .ref("ProgramInfo"), "dataflow": .null])]),
        .object(["SqlError": .object(["info": .ref("SqlCompilation")])]))
    ),
  ]

  private static let nested = JSONSchema.ref("ColumnType").orNull
  private static let member = JSONSchema.object([
    "name": .text, "case_sensitive": .flag, "columntype": .ref("ColumnType"),
  ])
  private static let connector = JSONSchema.object(["stream": .text], isOpen: true)
}
