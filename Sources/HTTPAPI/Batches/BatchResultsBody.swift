package import WireTypes
package import Workflows

/// A page of the results of a batch.
package enum BatchResultsBody {
  package static func json(_ body: BatchBody, items: [WorkItem], page: BatchPage) -> JSONValue {
    let progress = body.group.progress
    let succeeded = progress.completed - progress.skipped
    let rate = progress.total > 0 ? Double(progress.completed) / Double(progress.total) * 100 : 0
    return [
      "batch_summary": [
        "batch_id": .string(body.group.id), "batch_name": .string(body.name),
        "status": .string(BatchStatusNames.name(body.group.status)), "collection": .string(body.collection),
        "completion": [
          "total_items": .integer(progress.total), "successful": .integer(succeeded),
          "failed": .integer(progress.failed), "skipped": .integer(progress.skipped),
          "completion_rate": BatchBody.decimal((rate * 100).rounded() / 100),
        ],
      ],
      "job_results": .array(page.slice(items).map(BatchJobBody.result)),
      "statistics": ["media_distribution": distribution(items)],
      "pagination": page.json(total: items.count),
      "cross_ids": body.crossIDs,
    ]
  }

  /// Of what was processed.
  private static func distribution(_ items: [WorkItem]) -> JSONValue {
    var counts: [String: Int] = [:]
    for item in items where item.succeeded == true {
      counts[BatchJob(input: item.input)?.mediaType ?? MediaType.document.rawValue, default: 0] += 1
    }
    var members = [JSONMember("total", .integer(counts.values.reduce(0, +)))]
    for type in MediaType.allCases {
      members.append(JSONMember(type.rawValue, .integer(counts[type.rawValue] ?? 0)))
    }
    return .object(members)
  }
}

/// Which part of a list is asked for.
package struct BatchPage: Sendable, Equatable {
  package static let sizeMax = 1000

  package let number: Int
  package let size: Int

  package init(number: Int, size: Int) {
    self.number = number
    self.size = size
  }

  package var offset: Int { (number - 1) * size }

  package func slice<Element>(_ list: [Element]) -> [Element] {
    offset < list.count ? Array(list[offset..<min(list.count, offset + size)]) : []
  }

  func json(total: Int) -> JSONValue {
    let pages = (total + size - 1) / size
    return [
      "page": .integer(number), "page_size": .integer(size), "total_items": .integer(total),
      "total_pages": .integer(pages), "has_more": .bool(number < pages),
    ]
  }
}
