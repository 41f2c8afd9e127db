import PipelineModel
import Platform
import WireTypes

/// How an attempt ended.
enum NodeOutcome: Sendable {
  /// `child` is the place of the next node; nil ends the walk.
  case passed(JSONValue, child: Int?)
  case failed(String)
  case cancelled
}

extension NodeExecution {
  /// Ends this execution: output, message and where the walk goes next.
  mutating func end(with outcome: NodeOutcome, of node: WorkflowNode, _ desk: RunDesk) {
    updatedAt = desk.now
    finishedAt = desk.now
    switch outcome {
    case .passed(let output, let child):
      if let fault = desk.fault(of: output, "output") { return end(with: .failed(fault), of: node, desk) }
      if let child {
        guard node.childrenUuids.indices.contains(child) else {
          return end(with: .failed("the node has no child \(child)"), of: node, desk)
        }
        childIndex = child
        nextNodeUuid = node.childrenUuids[child]
      }
      status = .success
      self.output = output
    case .failed(let message):
      status = .error
      errorMessage = message
      guard attempt >= node.retry?.maximumAttempts ?? 1, node.fallbackOnFailure else { return }
      if let fallback = node.fallbackChildUuid {
        nextNodeUuid = fallback
        childIndex = node.childrenUuids.firstIndex(of: fallback)
      } else if let child = node.failureChild {
        nextNodeUuid = node.childrenUuids[child]
        childIndex = child
      }
    case .cancelled: status = .cancelled
    }
  }
}

/// Computes a native node that needs nothing from outside.
struct NativeStep {
  struct Fault: Error {
    let message: String
  }

  let node: WorkflowNode
  /// After expressions.
  let config: JSONValue
  let data: JSONValue
  /// For `split`.
  let draw: UInt64

  /// The config after expressions, if the run has room for it.
  static func config(
    of node: WorkflowNode, in context: ExpressionContext, _ desk: RunDesk
  ) -> Result<JSONValue, Fault> {
    do throws(ConfigFault) {
      let resolved = try node.computedConfig(in: context)
      return desk.fault(of: resolved, "computed config").map { .failure(Fault(message: $0)) }
        ?? .success(resolved)
    } catch {
      return .failure(Fault(message: error.message))
    }
  }

  static func delayEnd(from start: WallTime, config: JSONValue) -> WallTime {
    let minutes = config["minutes"].flatMap(number) ?? 0
    guard (0...Limits.delayMinutesMax).contains(minutes) else { return start }
    return start.adding(microseconds: Int64(minutes * 60_000_000))
  }

  /// Nil for a delay or group that begins; `room` is how many executions the run may still have.
  func outcome(room: Int) -> NodeOutcome? {
    switch node.native {
    case .start: return .passed(data.members == nil ? ["value": data] : data, child: 0)
    case .end: return variables(child: nil)
    case .variables: return variables(child: 0)
    case .filter:
      let passes = Self.isTrue(config["filter"])
      return .passed(["filter": .bool(passes)], child: passes ? 0 : nil)
    case .branch:
      let matches = Self.isTrue(config["condition"])
      return .passed(["condition": .bool(matches)], child: matches ? 0 : 1)
    case .switch:
      let routes = config["routes"]?.elements ?? []
      guard let place = routes.firstIndex(where: { Self.isTrue($0["value"]) }) else {
        return .passed(["route": .null, "index": .null], child: nil)
      }
      return .passed(["route": routes[place]["name"] ?? .null, "index": .integer(place)], child: place)
    case .split:
      guard let percentage = config["percentage"].flatMap(Self.number), (0...100).contains(percentage) else {
        return .failed("percentage must be a number from 0 to 100")
      }
      let isFirst = Double(draw >> 11) / 9_007_199_254_740_992 * 100 < percentage
      return .passed(
        ["group": isFirst ? "A" : "B", "percentage": .double(percentage)], child: isFirst ? 0 : 1)
    case .delay:
      guard let minutes = config["minutes"].flatMap(Self.number),
        (0...Limits.delayMinutesMax).contains(minutes)
      else {
        return .failed("minutes must be a number from 0 to \(Int(Limits.delayMinutesMax))")
      }
      return minutes == 0 ? .passed(config, child: 0) : nil
    case .group:
      guard let items = config["items"]?.elements else { return .failed("items must be a list") }
      // An item has at least a start node.
      return items.count < room ? nil : .failed("more items than the run may have executions")
    case .agent, .python, .script, nil: return .failed("unknown action \(node.actionSlug ?? "(none)")")
    }
  }

  /// As JavaScript has it, but the text "false" is false too: templates make texts.
  private static func isTrue(_ value: JSONValue?) -> Bool {
    guard let value else { return false }
    return value.stringValue == "false" ? false : ScriptValue(value).isTrue
  }

  private static func number(_ value: JSONValue) -> Double? {
    guard let number = value.doubleValue ?? value.stringValue.map(ScriptNumber.read), !number.isNaN else {
      return nil
    }
    return number
  }

  // MARK: Variables

  private func variables(child: Int?) -> NodeOutcome {
    var members: [JSONMember] = []
    for variable in config["variables"]?.elements ?? [] {
      guard let name = variable["name"]?.stringValue else { return .failed("a variable has no name") }
      let type = variable["type"]?.stringValue ?? "any"
      guard let value = Self.value(variable["value"] ?? .null, as: type) else {
        return .failed("variable '\(name)' must be \(type), not \(variable["value"]?.kind ?? "null")")
      }
      members.append(JSONMember(name, value))
    }
    return .passed(.object(members), child: child)
  }

  /// The value in the declared type; null is a value of all types; nil where it cannot be one.
  private static func value(_ value: JSONValue, as type: String) -> JSONValue? {
    if value.isNull { return .null }
    switch type {
    case "string": return value.stringValue == nil ? .string(text(value)) : value
    case "number":
      if value.doubleValue != nil { return value }
      guard let text = value.stringValue else { return Optional.none }
      if text.isEmpty { return JSONValue.null }
      let number = ScriptNumber.read(text)
      return number.isFinite ? .number(ScriptNumber.text(number)) : nil
    case "boolean":
      if value.boolValue != nil { return value }
      switch value.stringValue {
      case "true": return true
      case "false", "": return false
      default: return nil
      }
    case "array": return value.elements == nil ? parsed(value, { $0.elements != nil }) : value
    case "object": return value.members == nil ? parsed(value, { $0.members != nil }) : value
    default: return value
    }
  }

  private static func text(_ value: JSONValue) -> String {
    guard let number = value.doubleValue, value.integerValue == nil else { return value.encoded }
    return ScriptNumber.text(number)
  }

  private static func parsed(_ value: JSONValue, _ fits: (JSONValue) -> Bool) -> JSONValue? {
    guard let text = value.stringValue, let json = try? JSONValue(parsing: text), fits(json) else {
      return nil
    }
    return json
  }
}
