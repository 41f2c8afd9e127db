/// Pure half of `HotRouteHandler`: who answers the next request of a connection, so that answers leave in the
/// order of their requests.
///
/// ```
///            ┌───────────── answered ──────────────┐
/// between ───┤ hot, whole body here → answering ────┘
///   ▲        │ other, length known → passing ── all passed and response ended ──► between
///   └────────┘ unbounded, or bytes behind a passed request that is not answered yet → cold, for ever
/// ```
package struct HotConnectionMachine {
  package enum Action: Equatable {
    /// Nothing to do before more bytes, an answer, or the end of a response.
    case wait
    /// Hand on so many bytes.
    case pass(Int)
    /// Answer this request, whose head and body are the first bytes; then call `answered` or `declined`.
    case answer(HotRequest, headLength: Int, bodyLength: Int)
  }

  private enum State {
    case between(scanned: Int)
    case body(HotRequest, headLength: Int, bodyLength: Int)
    case answering(length: Int)
    case passing(remaining: Int, responseEnded: Bool)
    case cold
  }

  private var state = State.between(scanned: 0)
  /// Bodies beyond are streamed by the routes behind.
  private let bodyBytesMax: Int

  package init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

  /// A hot request waits for its answer.
  package var isAnswering: Bool {
    if case .answering = state { return true }
    return false
  }

  /// The body of a hot request is not whole.
  package var isInBody: Bool {
    if case .body = state { return true }
    return false
  }

  package var isCold: Bool {
    if case .cold = state { return true }
    return false
  }

  /// What to do with the bytes that have not been passed or answered. Call until it says `wait`.
  package mutating func next(_ bytes: Span<UInt8>) -> Action {
    switch state {
    case .answering: return .wait
    case .cold: return bytes.isEmpty ? .wait : .pass(bytes.count)
    case .between(let scanned): return between(bytes, scanned)
    case .body(let request, let headLength, let bodyLength):
      guard bytes.count - headLength >= bodyLength else { return .wait }
      state = .answering(length: headLength + bodyLength)
      return .answer(request, headLength: headLength, bodyLength: bodyLength)
    case .passing(let remaining, let responseEnded):
      guard !bytes.isEmpty else { return .wait }
      guard remaining > 0 else {
        // The next request came before the answer of the one that was passed on: order is theirs now.
        state = .cold
        return .pass(bytes.count)
      }
      let count = min(remaining, bytes.count)
      advance(remaining: remaining - count, responseEnded: responseEnded)
      return .pass(count)
    }
  }

  private mutating func between(_ bytes: Span<UInt8>, _ scanned: Int) -> Action {
    guard !bytes.isEmpty else {
      state = .between(scanned: 0)
      return .wait
    }
    switch HotHeadParser.parse(bytes, scanned: scanned) {
    case .incomplete:
      state = .between(scanned: bytes.count)
      return .wait
    case .unbounded:
      state = .cold
      return .pass(bytes.count)
    case .other(let length): return pass(length, of: bytes.count)
    case .hot(let request, let headLength, let bodyLength):
      guard bodyLength <= bodyBytesMax else { return pass(headLength + bodyLength, of: bytes.count) }
      state = .body(request, headLength: headLength, bodyLength: bodyLength)
      return next(bytes)
    }
  }

  private mutating func pass(_ length: Int, of count: Int) -> Action {
    let first = min(length, count)
    state = .passing(remaining: length - first, responseEnded: false)
    return .pass(first)
  }

  private mutating func advance(remaining: Int, responseEnded: Bool) {
    state =
      remaining == 0 && responseEnded
      ? .between(scanned: 0) : .passing(remaining: remaining, responseEnded: responseEnded)
  }

  /// The answer was written; its request's bytes are gone.
  package mutating func answered() {
    if case .answering = state { state = .between(scanned: 0) }
  }

  /// The request is to be passed on after all; its bytes are still the first ones.
  package mutating func declined() {
    if case .answering(let length) = state { state = .passing(remaining: length, responseEnded: false) }
  }

  /// No more bytes come: what waits for more is passed on.
  package mutating func inputEnded() {
    switch state {
    case .between, .body: state = .cold
    case .answering, .passing, .cold: break
    }
  }

  /// A response of a request that was passed on has ended.
  package mutating func responseEnded() {
    if case .passing(let remaining, _) = state { advance(remaining: remaining, responseEnded: true) }
  }
}
