import DataModel

/// PARSE_JSON, TO_JSON, TYPEOF.
enum JSONFunctions {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction, _ types: [ColumnType]) -> BuilderKernel? {
    switch function {
    case .parseJSON:
      return { operands, builder throws(EvaluationError) in
        let texts = operands.bytes(0)
        operands.buildTotal(&builder) { row, builder in
          builder.append(NestedJSON.parse(texts.value(row), as: .variant) ?? .null)
        }
      }
    case .toJSON:
      let type = types[0]
      return { operands, builder throws(EvaluationError) in
        let column = operands.vectors[0]
        var text: [UInt8] = []
        operands.buildTotal(&builder) { row, builder in
          text.removeAll(keepingCapacity: true)
          NestedJSON.append(column.value(row), as: type, to: &text)
          builder.append(bytes: text)
        }
      }
    case .typeOf:
      return { operands, builder throws(EvaluationError) in
        let variants = operands.bytes(0)
        operands.buildTotal(&builder) { row, builder in
          builder.append(bytes: VariantCodec.typeName(variants.bytes.span, variants.range(row)).utf8)
        }
      }
    default: return nil
    }
  }
}
