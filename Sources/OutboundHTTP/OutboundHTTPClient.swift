package import ConnectorKit
package import NIOCore
import NIOHTTP1
import NIOPosix
package import Platform
import Synchronization

/// HTTP/1.1 with and without TLS over connections that are kept: few to one server, bounded in all.
///
/// A name is looked up for every new connection; only addresses that the guard allows are connected to, and to these
/// very addresses, so a name that answers otherwise later changes nothing. Nothing is sent twice, but for GET and HEAD
/// on a kept connection that its server had closed. Thread-safe.
package final class OutboundHTTPClient: OutboundClient {
  typealias Pool = ConnectionPoolMachine<OutboundServer, OutboundConnection, OutboundCall>

  package struct Configuration: Sendable {
    package var addresses: AddressGuard
    /// PEM file of certificates that are trusted beside the system's.
    package var trustFile: String?
    package var resolve: @Sendable (String) -> [[UInt8]] = { HostNames.addresses(of: $0) }
    package var connectionsPerServerMax = Limits.outboundConnectionsPerServerMax
    package var connectionsMax = Limits.outboundConnectionsMax

    package init(addresses: AddressGuard) { self.addresses = addresses }
  }

  package struct Fault: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  let addresses: AddressGuard
  let names: NameLookups
  let trust: TrustRoots
  private let group: any EventLoopGroup
  private let pool: Mutex<Pool>

  /// `resolvers`: threads that look names up. Throws when the trust file cannot be read.
  package init(
    _ configuration: Configuration, resolvers: BlockingPool,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) throws(Fault) {
    addresses = configuration.addresses
    names = NameLookups(pool: resolvers, resolve: configuration.resolve)
    do { trust = try TrustRoots(file: configuration.trustFile) } catch {
      throw Fault(description: "the trust file '\(configuration.trustFile ?? "")' holds no certificates: \(error)")
    }
    self.group = group
    pool = Mutex(
      Pool(
        perServerMax: configuration.connectionsPerServerMax, totalMax: configuration.connectionsMax,
        waitingMax: Limits.outboundWaitingMax))
  }

  package func send(_ request: OutboundRequest) async -> OutboundAnswer {
    let target: OutboundTarget
    let head: HTTPRequestHead
    do {
      target = try OutboundTarget(request.url)
      head = try RequestHead.make(request, target)
    } catch { return .refused(error.message) }
    let call = OutboundCall(head, to: OutboundServer(target), request)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        if call.begin(waiter) { find(call) }
      }
    } onCancel: {
      call.expire("the call was given up")
    }
  }

  /// Closes the connections that are free; calls go on.
  package func closeFree() {
    for connection in pool.withLock({ $0.drain() }) { connection.channel.close(promise: nil) }
  }

  // MARK: The pool's decisions

  func perform(_ event: (inout Pool) -> [Pool.Action]) {
    for action in pool.withLock({ event(&$0) }) {
      switch action {
      case .use(let connection, let call): connection.begin(call)
      case .open(let server, let call): open(server, call)
      case .close(let connection): connection.channel.close(promise: nil)
      case .reject(let call): call.finish(.failed("too many calls wait for a connection"))
      }
    }
  }

  /// A connection for the call. The clock runs on the loop of the connection that it gets, so that nobody has to be
  /// woken for it, or on any while it waits for one.
  private func find(_ call: OutboundCall) {
    var isWaiting = true
    perform { pool in
      let actions = pool.wants(call, from: call.server)
      if case .use = actions.first { isWaiting = false }
      return actions
    }
    if isWaiting { call.watchTime(on: group.next()) }
  }

  private func open(_ server: OutboundServer, _ call: OutboundCall) {
    guard !call.isOver else { return perform { $0.openFailed(server) } }
    names.addresses(of: server.host) { [self] found in
      let allowed = found.filter { addresses.allows($0) }
      if allowed.isEmpty {
        call.finish(
          found.isEmpty
            ? .failed("'\(server.host)' has no address")
            : .refused("the address of '\(server.host)' is not allowed: see --callback-allow"))
        return perform { $0.openFailed(server) }
      }
      connect(call, allowed[...], on: group.next())
    }
  }

  /// The first address that accepts.
  private func connect(_ call: OutboundCall, _ addresses: ArraySlice<[UInt8]>, on loop: any EventLoop) {
    let opened = OutboundConnection.open(
      to: call.server, at: addresses.first ?? [], deadline: call.deadline, trust, on: loop
    ) { [self] connection, event in
      switch event {
      case .free: perform { $0.released(connection, of: connection.server) }
      case .unsent(let call): again(call)
      }
    }
    opened.whenComplete { [self] result in
      switch result {
      case .success(let connection):
        connection.channel.closeFuture.whenComplete { [self] _ in
          perform { $0.closed(connection, of: connection.server) }
        }
        connection.begin(call)
      case .failure(let error):
        let rest = addresses.dropFirst()
        if !rest.isEmpty, !call.isOver { return connect(call, rest, on: loop) }
        call.finish(.failed(FailureText.of(error)))
        perform { $0.openFailed(call.server) }
      }
    }
  }

  private func again(_ call: OutboundCall) {
    guard call.retry() else { return call.finish(.failed("the connection was closed before the request was sent")) }
    find(call)
  }
}
