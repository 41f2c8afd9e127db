import DataModel
import Dataflow
import SQLFrontend

extension CollectDefinition {
  init(_ groups: [ScalarExpression], _ spec: CollectSpec) {
    self.init(
      groups: groups,
      order: spec.order.map {
        WindowDefinition.Key($0.expression, descending: $0.descending, nullsFirst: $0.nullsFirst)
      },
      calls: spec.calls.map {
        Call(
          Self.function($0.function), argument: $0.argument, filter: $0.filter, distinct: $0.distinct,
          type: $0.type)
      })
  }

  private static func function(_ function: CollectCall.Function) -> Function {
    switch function {
    case .array: .array
    case .map: .map
    case .bitAnd: .bitAnd
    case .bitOr: .bitOr
    case .bitXor: .bitXor
    case .mode: .mode
    }
  }
}
