package import HTTPTypes
package import PipelineModel

/// The one table from error code to HTTP status.
package enum ErrorMapping {
  package static func status(of code: ErrorCode) -> HTTPResponse.Status {
    switch code {
    case .notFound, .unknownPipelineName, .unknownInputStream, .unknownOutputStream, .unknownInputEndpoint,
      .unknownOutputEndpoint, .unknownDeadLetter, .unknownWebhook, .programNotCompiled,
      .unknownApiKey, .unknownProject:
      .notFound
    case .methodNotAllowed, .unsupportedPipelineAction: .methodNotAllowed
    case .requestTimeout: .requestTimeout
    case .duplicateName, .transactionInProgress: .conflict
    case .pipelineRestarted, .unknownEndpointInCompletionToken, .terminating: .gone
    case .bodyTooLarge: .contentTooLarge
    case .idempotencyKeyReused: .unprocessableContent
    case .tooManyWaiters, .rateLimitExceeded: .tooManyRequests
    case .invalidApiKey: .unauthorized
    case .permissionDenied: .forbidden
    case .enterpriseFeature: .notImplemented
    case .pipelineInteractionNotDeployed, .initializing, .awaitingApproval, .bootstrapInProgress,
      .pipelineUnavailable, .storageFull, .notYetVisible:
      .serviceUnavailable
    case .workerPanic, .storageFailure, .dataLoss, .connectorFailure, .checkpointFailure, .internalError:
      .internalServerError
    case .invalidParam, .missingUrlEncodedParam, .invalidBody, .parseErrors, .adHocQueryError, .notSupported,
      .emptyName, .tooLongName, .nameDoesNotMatchPattern, .tooLongDescription, .invalidTag, .tooManyTags,
      .invalidRuntimeConfig, .invalidProgramConfig, .updateRestrictedToStopped,
      .editRestrictedToClearedStorage,
      .deleteRestrictedToFullyStopped, .deleteRestrictedToClearedStorage, .cannotStartWithUndismissedError,
      .cannotStartWhileClearingStorage, .cannotStartWithCompilationError, .initialImmutableUnlessStopped,
      .bootstrapPolicyImmutableUnlessStopped, .initialStandbyNotAllowed, .illegalPipelineAction,
      .invalidBootstrapConfig, .storageStatusImmutableUnlessStopped, .dismissErrorRestrictedToFullyStopped,
      .bootstrapNotAllowed, .invalidConnectorAction, .noTransactionInProgress, .incarnationUuidMismatch,
      .forbiddenTarget, .invalidNewProgramSql:
      .badRequest
    }
  }
}
