import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Transactions: records that show all at once.
enum TransactionRoutes {
  static let start: Route.Handler = { call in
    Answer.json(["transaction_id": .integer(try await call.deployed().startTransaction())])
  }

  static let commit: Route.Handler = { call in
    _ = try await call.deployed().commitTransaction()
    return Answer.json("Transaction commit initiated")
  }
}
