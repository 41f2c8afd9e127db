import Hummingbird
import HummingbirdCore
import WireTypes
import Workflows

/// `GET /cargo`: newest first, by status and model. `next_cursor` is null at the end; new cargo shifts the pages.
enum CargoListRoute {
  private struct Query {
    var filter = WorkFilter()
    var model: String?
    var limit = 100
  }

  /// Subjects looked at for one answer, when most are of another model.
  private static let scannedMax = 5000
  private static let limitMax = 1000

  static let list = CargoFailure.answering { call in
    let query = try query(call)
    return Answer.json(try await page(query, try await call.work().service))
  }

  private static func page(_ query: Query, _ service: WorkService) async throws -> JSONValue {
    var filter = query.filter
    filter.limit = query.limit
    var (bodies, scanned): ([JSONValue], Int) = ([], 0)
    while bodies.count < query.limit, scanned < scannedMax {
      let ids = try await service.list(filter)
      let items = Dictionary(try await service.items(ids).map { ($0.id, $0) }) { first, _ in first }
      for id in ids where bodies.count < query.limit {
        scanned += 1
        filter.offset += 1
        guard let item = items[id] else { continue }
        if let model = query.model, CargoInput(item)?.model != model { continue }
        // The list may lag behind what is shown.
        if let statuses = query.filter.statuses, !statuses.contains(item.status.rawValue) { continue }
        bodies.append(CargoBodies.tracking(item))
      }
      if ids.count < filter.limit {
        return ["cargo": .array(bodies), "next_cursor": nil]
      }
    }
    return ["cargo": .array(bodies), "next_cursor": .string(String(filter.offset))]
  }

  private static func query(_ call: APICall) throws -> Query {
    var query = Query()
    query.filter.dialect = .cargo
    query.model = call.query["model"]
    if let text = call.query["status"] {
      guard let status = CargoStatus(rawValue: text) else {
        let known = CargoStatus.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        throw CargoProblems.failure(["query", "status"], "Input should be one of \(known)", "enum")
      }
      query.filter.statuses = status.all.map(\.rawValue)
    }
    query.limit = try number(call, "limit", 1...limitMax) ?? 100
    let skip = try number(call, "skip", 0...1_000_000_000)
    query.filter.offset = try number(call, "cursor", 0...1_000_000_000) ?? skip ?? 0
    return query
  }

  private static func number(_ call: APICall, _ name: String, _ range: ClosedRange<Int>) throws -> Int? {
    guard let text = call.query[name] else { return nil }
    let place: [JSONValue] = ["query", .string(name)]
    guard let value = Int(text) else {
      throw CargoProblems.failure(
        place, "Input should be a valid integer, unable to parse string as an integer", "int_parsing")
    }
    if value < range.lowerBound {
      throw CargoProblems.failure(
        place, "Input should be greater than or equal to \(range.lowerBound)", "greater_than_equal")
    }
    if value > range.upperBound {
      throw CargoProblems.failure(
        place, "Input should be less than or equal to \(range.upperBound)", "less_than_equal")
    }
    return value
  }
}
