import PipelineRuntime

/// The first line of a request: which hot route it asks for, if any.
struct HotRequestLine {
  private enum Method { case get, post, other }

  private let method: Method
  private let target: Range<Int>

  private static let version = Array(" HTTP/1.1".utf8)
  private static let prefix = Array("/v0/pipelines/".utf8)
  private static let cargo = Array("/cargo/".utf8)
  private static let load = Array("/cargo/load".utf8)
  private static let tracking = Array("tracking".utf8)
  private static let ingress = Array("ingress".utf8)
  private static let completionStatus = Array("completion_status".utf8)
  private static let get = Array("GET".utf8)
  private static let post = Array("POST".utf8)

  /// Nil unless the line is `METHOD target HTTP/1.1` with single blanks and a target of visible ASCII.
  init?(_ bytes: Span<UInt8>, _ line: Range<Int>) {
    guard let blank = bytes.firstIndex(of: 0x20, in: line), blank > line.lowerBound,
      line.upperBound - HotRequestLine.version.count > blank + 1
    else { return nil }
    target = blank + 1..<line.upperBound - HotRequestLine.version.count
    guard bytes.equals(HotRequestLine.version, in: target.upperBound..<line.upperBound),
      bytes[target.lowerBound] == 0x2F
    else { return nil }
    var index = target.lowerBound
    while index < target.upperBound {
      guard bytes[index] > 0x20, bytes[index] < 0x7F else { return nil }
      index += 1
    }
    let name = line.lowerBound..<blank
    method =
      bytes.equals(HotRequestLine.post, in: name) ? .post : bytes.equals(HotRequestLine.get, in: name) ? .get : .other
  }

  /// Nil when the request is for another route, or asks for more than a hot route gives.
  func request(_ bytes: Span<UInt8>, announcesBody: Bool) -> HotRequest? {
    guard bytes.starts(with: HotRequestLine.prefix, in: target) else {
      switch method {
      case .get: return announcesBody ? nil : HotRequestLine.tracking(bytes, target)
      case .post where announcesBody && bytes.equals(HotRequestLine.load, in: target):
        return HotRequest(pipeline: "", route: .load)
      case .post, .other: return nil
      }
    }
    let question = bytes.firstIndex(of: 0x3F, in: target) ?? target.upperBound
    let name = target.lowerBound + HotRequestLine.prefix.count
    guard let slash = bytes.firstIndex(of: 0x2F, in: name..<question),
      let pipeline = bytes.unreserved(name..<slash)
    else { return nil }
    let query = min(question + 1, target.upperBound)..<target.upperBound
    let rest = slash + 1..<question
    switch method {
    case .post:
      guard announcesBody, let table = HotRequestLine.ingressTable(bytes, rest),
        let options = HotRequestLine.ingressOptions(bytes, query)
      else { return nil }
      return HotRequest(pipeline: pipeline, route: .ingest(table: table, options))
    case .get:
      guard !announcesBody, bytes.equals(HotRequestLine.completionStatus, in: rest),
        let route = HotRequestLine.statusRoute(bytes, query)
      else { return nil }
      return HotRequest(pipeline: pipeline, route: route)
    case .other: return nil
    }
  }

  private static func tracking(_ bytes: Span<UInt8>, _ target: Range<Int>) -> HotRequest? {
    let id = target.lowerBound + cargo.count
    guard bytes.starts(with: cargo, in: target), let slash = bytes.firstIndex(of: 0x2F, in: id..<target.upperBound),
      bytes.equals(tracking, in: slash + 1..<target.upperBound), let cargo = bytes.unreserved(id..<slash)
    else { return nil }
    return HotRequest(pipeline: "", route: .tracking(cargo: cargo))
  }

  private static func ingressTable(_ bytes: Span<UInt8>, _ path: Range<Int>) -> String? {
    let start = path.lowerBound + ingress.count
    guard bytes.starts(with: ingress, in: path), start < path.upperBound, bytes[start] == 0x2F else { return nil }
    return bytes.unreserved(start + 1..<path.upperBound)
  }

  private static func ingressOptions(_ bytes: Span<UInt8>, _ query: Range<Int>) -> IngressOptions? {
    var options = IngressOptions()
    let isKnown = parameters(bytes, query) { name, value in
      switch name {
      case "format" where options.format == nil: options.format = value
      case "update_format" where options.updateFormat == nil: options.updateFormat = value
      case "json_flavor" where options.jsonFlavor == nil: options.jsonFlavor = value
      case "array" where value == "true" || value == "false": options.array = value == "true"
      case "durability" where value == "sync" || value == "async": options.isAsync = value == "async"
      case "force" where value == "true" || value == "false": options.force = value == "true"
      default: return false
      }
      return true
    }
    return isKnown ? options : nil
  }

  private static func statusRoute(_ bytes: Span<UInt8>, _ query: Range<Int>) -> HotRequest.Route? {
    var token: String?
    var follow = false
    var wait: Double?
    let isKnown = parameters(bytes, query) { name, value in
      switch name {
      case "token" where token == nil: token = value
      case "follow" where value == "true" || value == "false": follow = value == "true"
      case "wait" where wait == nil:
        wait = WaitTime.parse(value)
        return wait != nil
      default: return false
      }
      return true
    }
    guard isKnown, let token else { return nil }
    return .completionStatus(token: token, follow: follow, seconds: wait ?? 0)
  }

  /// Visits `name=value` pairs of unreserved characters; false for anything else, or when a visit says so.
  private static func parameters(
    _ bytes: Span<UInt8>, _ query: Range<Int>, _ visit: (String, String) -> Bool
  ) -> Bool {
    var start = query.lowerBound
    while start < query.upperBound {
      let end = bytes.firstIndex(of: 0x26, in: start..<query.upperBound) ?? query.upperBound
      guard let equals = bytes.firstIndex(of: 0x3D, in: start..<end),
        let name = bytes.unreserved(start..<equals), let value = bytes.unreserved(equals + 1..<end),
        visit(name, value)
      else { return false }
      start = end + 1
    }
    return true
  }
}
