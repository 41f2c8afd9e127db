/// What answers items: a node that calls out. Calls are at least once, under the same keys after a crash.
package protocol CallOutProvider: Sendable {
  func call(_ request: CallOutRequest) async -> CallOutAnswer
  /// Items that one request may carry.
  var itemsMax: Int { get }
  /// Whether a call changes nothing anywhere and answers at once: then it need not be announced before.
  var isPure: Bool { get }
}

extension CallOutProvider {
  package var itemsMax: Int { 1 }
  package var isPure: Bool { false }
}

package struct CallOutRequest: Sendable {
  package struct Item: Sendable {
    package let id: String
    /// JSON text.
    package let input: String
    package init(id: String, input: String) {
      self.id = id
      self.input = input
    }
  }

  /// Stable over retries and restarts: a receiver may use it to answer the same thing again.
  package let key: String
  package let items: [Item]
  package var timeoutSeconds = 60

  package init(key: String, items: [Item]) {
    self.key = key
    self.items = items
  }
}

package enum CallOutAnswer: Sendable, Equatable {
  /// One result an item; an item that has none failed with `no_answer`.
  case answered([String: CallOutResult])
  /// Nothing was done; another attempt may help when `isRetryable`.
  case failed(message: String, code: String, isRetryable: Bool, retryAfterSeconds: Int?)
}

package enum CallOutResult: Sendable, Equatable {
  /// JSON text.
  case output(String)
  case error(message: String, code: String)
}

/// The embedded default: answers each item with its own input.
package struct EchoProvider: CallOutProvider {
  package init() {}

  package var itemsMax: Int { 10_000 }
  package var isPure: Bool { true }

  package func call(_ request: CallOutRequest) async -> CallOutAnswer {
    .answered(Dictionary(request.items.map { ($0.id, .output($0.input)) }) { first, _ in first })
  }
}
