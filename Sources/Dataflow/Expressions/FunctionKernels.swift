import DataModel

/// How each strict or NULL-deciding function is computed.
enum FunctionKernels {
  enum Shape {
    case strict(Kernel)
    /// Strict; a part of the first argument, or NULL.
    case slices(SliceKernel)
    /// Strict, with rows of its own that become NULL.
    case nullable(BuilderKernel)
    /// Sees NULL arguments.
    case loose(BuilderKernel)
  }

  static func shape(_ function: ScalarFunction, _ arguments: [ScalarExpression], _ type: ColumnType) -> Shape
  {
    let types = arguments.map(\.type)
    if function.takesLiteral { return literal(function, arguments, type) }
    if let kernel = strict(function, types, type) { return .strict(kernel) }
    if let kernel = RegexFunctions.kernel(function, arguments) { return .strict(kernel) }
    if let shape = nested(function, types, type) { return shape }
    if function == .regexExtract { return .slices(RegexFunctions.extract(RegexCache(arguments[1]))) }
    if let shape = nullable(function, types, type) { return shape }
    preconditionFailure("\(function.rawValue) has a node of its own")
  }

  private static func literal(
    _ function: ScalarFunction, _ arguments: [ScalarExpression], _ type: ColumnType
  ) -> Shape {
    let unit = DateTime.unit(arguments[0])
    let types = arguments.map(\.type)
    switch function {
    case .extract: return .strict(DateTime.extract(unit, types[1]))
    case .truncateTime: return .strict(DateTime.truncate(unit, types[1]))
    case .ceilingTime: return .strict(DateTime.ceiling(unit, types[1]))
    case .addUnits: return .strict(TimeArithmetic.addUnits(unit, type))
    case .unitsBetween: return .strict(TimeArithmetic.unitsBetween(unit, types[1], type))
    case .timeFromUnix: return .strict(TimeFunctions.fromUnix(unit, type))
    case .unixFromTime: return .strict(TimeFunctions.toUnix(unit, types[1]))
    default:
      guard case .literal(.int64(let index)) = arguments[0].node, case .row(let fields) = types[1] else {
        preconditionFailure("a field has a literal position in a row")
      }
      return .nullable(ArrayConstruction.field(Int(clamping: index), fields))
    }
  }

  private static func strict(
    _ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType
  ) -> Kernel? {
    switch function {
    case .add, .subtract, .multiply, .divide, .modulo: return Arithmetic.binary(function, types, type)
    case .negate: return Arithmetic.negate(type)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return Comparison.kernel(function, types[0].physical)
    case .greatest, .least: return Comparison.extreme(type.physical, greatest: function == .greatest)
    case .not: return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { 1 &- $0 }) }
    case .absolute, .floor, .ceiling, .round, .sign, .power, .squareRoot, .exponential, .naturalLogarithm:
      return Numbers.kernel(function, types, type)
    case .concatenate, .lower, .upper, .trimBoth, .trimLeading, .trimTrailing, .characterLength, .substring,
      .position, .replace, .left, .right:
      return Strings.kernel(function)
    case .like: return Likeness.kernel
    case .likeIgnoringCase: return Likeness.ignoringCase
    case .addInterval, .subtractInterval:
      return TimeArithmetic.interval(types, negated: function == .subtractInterval)
    case .subtractTimes: return TimeArithmetic.difference(types, type)
    case .formatTime, .formatTimeJava, .formatTimePostgres: return TimeText.format(function, types[1])
    default:
      return RealNumbers.kernel(function) ?? NumberRounding.kernel(function, types, type)
        ?? Bits.kernel(function, types, type) ?? TextShapes.kernel(function) ?? TextTests.kernel(function)
        ?? TextParts.kernel(function) ?? BinaryFunctions.kernel(function)
        ?? TimeFunctions.kernel(function, types, type) ?? IntervalArithmetic.kernel(function, types)
    }
  }

  private static func nullable(
    _ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType
  ) -> Shape? {
    switch function {
    case .finiteOrNull: return .nullable(RealNumbers.finiteOrNull)
    case .divideOrNull: return .nullable(DivisionOrNull.kernel(types, type))
    case .greatestPresent, .leastPresent:
      return .loose(Comparison.extremePresent(type.physical, greatest: function == .greatestPresent))
    case .splitIndex: return .slices(TextParts.splitIndex)
    case .concatenateWith: return .loose(TextParts.concatenateWith)
    case .urlDecode: return .nullable(TextParts.urlDecode)
    case .regexSubstring: return .nullable(RegexFunctions.substring)
    case .regexAll, .regexSplit: return .nullable(RegexFunctions.all(splitting: function == .regexSplit))
    case .parseTime, .parseTimeJava, .parseTimePostgres: return .nullable(TimeText.parse(function, type))
    default: return BinaryFunctions.builder(function).map { .nullable($0) }
    }
  }

  private static func nested(
    _ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType
  ) -> Shape? {
    switch function {
    case .makeArray: return .loose(ArrayConstruction.makeArray)
    case .makeRow: return .loose(ArrayConstruction.makeRow)
    case .makeMap:
      return .loose({ operands, builder throws(EvaluationError) in
        try ArrayConstruction.makeMap(operands, &builder)
      })
    case .item, .itemFromZero:
      return .nullable(ArrayConstruction.item(type.physical, base: function == .item ? 1 : 0))
    case .mapItem:
      guard case .map(let key, let value) = types[0] else { return nil }
      return .nullable(ArrayConstruction.mapItem(key.physical, value.physical))
    case .variantItem: return .nullable(ArrayConstruction.variantItem(types[1]))
    case .arrayRepeat:
      return .loose({ operands, builder throws(EvaluationError) in
        try ArrayConstruction.repeated(operands, &builder)
      })
    case .sequence: return .nullable(ArrayConstruction.sequence)
    case .splitText: return .nullable(ArrayConstruction.splitText)
    case .mapFromArrays:
      guard case .map(let key, let value) = type else { return nil }
      return .nullable(ArrayTests.mapFromArrays(key.physical, value.physical))
    default: break
    }
    if let kernel = JSONFunctions.kernel(function, types) ?? ArrayTests.kernel(function, types) {
      return function == .arrayJoin ? .loose(kernel) : .nullable(kernel)
    }
    guard case .array(let element)? = types.first,
      let kernel = ArrayFunctions.kernel(function, element.physical)
    else { return nil }
    let isLoose = function == .arrayAppend || function == .arrayPrepend || function == .arrayInsert
    return isLoose ? .loose(kernel) : .nullable(kernel)
  }
}
