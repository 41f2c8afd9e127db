package import PipelineModel

/// Why a call on a pipeline was refused; the one error that faces see.
package struct PipelineError: Error, Sendable {
  package let code: ErrorCode
  package let message: String
  /// JSON text of the `details` field.
  package let details: String
  /// When it makes sense to ask again; nil when not.
  package let retryAfterSeconds: Int?

  package init(_ code: ErrorCode, _ message: String, details: String = "{}", retryAfterSeconds: Int? = nil) {
    self.code = code
    self.message = message
    self.details = details
    self.retryAfterSeconds = retryAfterSeconds
  }
}
