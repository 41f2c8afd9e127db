import NIOHTTP1
import Platform
import WireTypes

/// Crashes a server again and again under load, and checks after each crash what its clients were told.
final class ChaosRun {
  private let server: ChaosServer
  private let disk: RecordedDisk?
  private let powerCuts: PowerCuts
  /// When and how to crash: nothing that depends on how far the server got draws from it, so that a seed repeats it.
  private let schedule: SeededRandom
  /// What to look at.
  private let samples: SeededRandom
  private let clients: Int
  private let say: (String) -> Void
  private let fileSystem = PosixFileSystem()
  private(set) var report = ChaosReport()

  /// Ids are taken from here, a stretch for each client of each life.
  private var nextID: Int64 = 0
  private static let idsOfClient: Int64 = 10_000_000
  private var steps: Int64 = 0
  private var incarnation = ""
  private var acknowledgedRecords = 0
  private var unknownRecords = 0
  private var older: [String] = []
  private var answered: [ChaosRequest] = []
  /// Records that tokens called complete.
  private var completeRecords = 0

  init(
    directory: String, disk: RecordedDisk?, powerCuts: PowerCuts, clients: Int, seed: UInt64,
    say: @escaping (String) -> Void
  ) {
    server = ChaosServer(directory: directory, disk: disk)
    self.disk = disk
    self.powerCuts = powerCuts
    schedule = SeededRandom(seed: seed)
    samples = SeededRandom(seed: ~seed)
    self.clients = clients
    self.say = say
  }

  private var sinkPath: String { "\(server.root)/out.json" }

  // No primary key: a record that is applied twice shows as a count of two.
  private var program: String {
    """
    CREATE TABLE t (id BIGINT NOT NULL) WITH ('materialized' = 'true');
    CREATE MATERIALIZED VIEW doubled AS SELECT id, COUNT(*) AS n FROM t GROUP BY id HAVING COUNT(*) <> 1;
    CREATE MATERIALIZED VIEW total WITH ('connectors' = '[{"name": "out", "transport": {"name": "file_output",
      "config": {"path": "\(sinkPath)"}}, "format": {"name": "json"}}]') AS SELECT COUNT(*) AS n FROM t;
    """
  }

  /// Errors: the run itself cannot go on.
  func run(crashes: Int) async throws {
    try server.start()
    guard try await server.awaitPort() else { throw ChaosServer.Fault(description: "the server was killed") }
    try await createPipeline()
    for number in 1...max(1, crashes) {
      let life = try await crashUnderLoad()
      try crashed()
      do {
        try await comeBack()
        try await check(life)
      } catch let fault as ChaosServer.Fault {
        // A server or a pipeline that does not come back breaks the promise, too.
        violation(fault.description)
        break
      }
      if number % 10 == 0 || number == crashes {
        let found = "\(report.tokens) tokens, \(report.violations.count) violations"
        say("\(number) crashes, \(acknowledgedRecords) records, \(found)")
      }
      if report.violations.count > 20 { break }
    }
    report.records = acknowledgedRecords
    if let fault = server.stop() { report.violations.append(fault) }
  }

  /// The server and all that it started end with the run.
  func end() async { _ = await server.kill() }

  private func createPipeline() async throws {
    let connection = try await LoopbackConnection.open(port: server.port)
    defer { connection.close() }
    let body: JSONValue = [
      "name": "chaos", "program_code": .string(program),
      "runtime_config": ["fault_tolerance": ["model": "exactly_once", "checkpoint_interval_secs": 1]],
    ]
    let created = try await connection.send(.POST, "/v0/pipelines", body: body.encodedBytes)
    guard created.status == 201 else { throw ChaosServer.Fault(description: "no pipeline: \(created.text)") }
    let started = try await connection.send(.POST, "\(ChaosClient.path)/start")
    guard started.status == 202 else { throw ChaosServer.Fault(description: "no start: \(started.text)") }
    try await awaitRunning(connection)
  }

  private func awaitRunning(_ connection: LoopbackConnection) async throws {
    var last = ""
    for _ in 0..<12_000 {
      let answer = try await connection.send(.GET, "\(ChaosClient.path)?selector=status")
      let pipeline = try? JSONValue(parsing: answer.body)
      if pipeline?["deployment_status"]?.stringValue == "Running" { return }
      last = answer.text
      if let error = pipeline?["deployment_error"], !error.isNull { break }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw ChaosServer.Fault(description: "the pipeline does not run: \(last.prefix(1000))")
  }

  // MARK: One crash

  private struct Life {
    var notes: [ChaosNotes] = []
    var first: Int64 = 0
    var end: Int64 = 0
  }

  private func crashUnderLoad() async throws -> Life {
    let witness = ChaosWitness(port: server.port)
    var life = Life(first: nextID)
    var workers: [ChaosClient] = []
    for index in 0..<clients {
      workers.append(
        ChaosClient(
          port: server.port, isKeyed: index % 2 == 1, firstID: nextID, random: SeededRandom(seed: schedule.next())
        ) { token, records in witness.told(token, records) })
      nextID += ChaosRun.idsOfClient
    }
    life.end = nextID
    let lifetime = 20 + schedule.next(below: 480)
    let running = workers
    async let waits: Void = witness.waitForTokens()
    async let watch: Void = witness.watchSteps()
    async let pushes = ChaosRun.push(running)
    try await Task.sleep(for: .milliseconds(lifetime))
    if let fault = await server.kill() { report.violations.append(fault) }
    life.notes = await pushes
    witness.end()
    _ = await (waits, watch)
    completeRecords += witness.completeRecords
    report.completeTokens += witness.completeTokens
    report.violations += witness.violations + life.notes.flatMap(\.violations)
    steps = max(steps, witness.steps)
    return life
  }

  private static func push(_ clients: [ChaosClient]) async -> [ChaosNotes] {
    await withTaskGroup(of: ChaosNotes.self) { group in
      for client in clients { group.addTask { await client.run() } }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// The server is dead; whether the machine went off as well.
  private func crashed() throws {
    report.crashes += 1
    // Drawn in any case, so that a seed gives the same schedule with and without power cuts.
    let isCut = schedule.next(below: 2) == 0
    let isPartial = schedule.next(below: 2) == 0
    let choices = SeededRandom(seed: schedule.next())
    if let disk {
      try disk.takeEvents()
      if powerCuts == .always || isCut {
        let lost = try disk.cut(choose: isPartial ? { choices.next(below: $0) } : nil)
        report.powerCuts += 1
        report.lostNames += lost.names
        report.lostBytes += lost.bytes
      }
    }
    checkSink()
  }

  /// What tokens called complete is in the sink's file, before the server has a chance to mend it.
  private func checkSink() {
    report.deliveries += 1
    let size = (try? fileSystem.size(of: sinkPath)) ?? 0
    var length: UInt64 = 4096
    var count = lastCount(size, length)
    // A power cut may have left zeros for the last sectors.
    while count == nil, length < size {
      length *= 16
      count = lastCount(size, length)
    }
    if count ?? 0 < completeRecords {
      report.violations.append("tokens called \(completeRecords) records complete, the sink has \(count ?? 0)")
    }
  }

  /// The last count in so many bytes at the end of the sink's file.
  private func lastCount(_ size: UInt64, _ length: UInt64) -> Int64? {
    let length = min(size, length)
    let tail = (try? fileSystem.readRange(sinkPath, offset: size - length, length: Int(length))) ?? []
    var count: Int64?
    for line in String(decoding: tail, as: UTF8.self).split(separator: "\n") {
      // The crash may have left half a line.
      guard let change = try? JSONValue(parsing: String(line)), let n = change["insert"]?["n"]?.integerValue else {
        continue
      }
      count = n
    }
    return count
  }

  /// Starts the server, which may be killed a few times while it recovers.
  private func comeBack() async throws {
    while true {
      try server.start()
      let isKilled = schedule.next(below: 10) < 3
      if isKilled {
        try await Task.sleep(for: .milliseconds(Int(schedule.next(below: 150))))
        if let fault = await server.kill() { report.violations.append(fault) }
        report.crashesInRecovery += 1
        try crashed()
        continue
      }
      guard try await server.awaitPort() else { throw ChaosServer.Fault(description: "somebody killed the server") }
      return
    }
  }

  // MARK: Checks

  private func check(_ life: Life) async throws {
    let connection = try await LoopbackConnection.open(port: server.port)
    defer { connection.close() }
    try await awaitRunning(connection)
    try await checkSteps(connection)
    let repeated = try await checkKeys(life, connection)
    let tokens = life.notes.flatMap { $0.acknowledged.map(\.token) }
    for token in tokens { try await checkToken(token, connection) }
    for _ in 0..<min(20, older.count) {
      try await checkToken(older[Int(samples.next(below: UInt64(older.count)))], connection)
    }
    older += tokens
    try await checkContents(life, repeated, connection)
  }

  private func checkSteps(_ connection: LoopbackConnection) async throws {
    let answer = try await connection.send(.GET, "\(ChaosClient.path)/stats")
    let metrics = ChaosWitness.metrics(answer)
    let now = metrics?["total_completed_steps"]?.integerValue ?? -1
    if now < steps { violation("total_completed_steps went back from \(steps) to \(now)") }
    steps = max(steps, now)
    let id = metrics?["incarnation_uuid"]?.stringValue ?? ""
    if id == incarnation || id.isEmpty { violation("the incarnation did not change: \(id)") }
    incarnation = id
  }

  /// Requests without an answer are sent again, and a few that had one. Answers those that count now.
  private func checkKeys(_ life: Life, _ connection: LoopbackConnection) async throws -> [ChaosRequest] {
    let lost = life.notes.compactMap(\.unknown).filter { $0.key != nil }
    var requests = lost.map { ($0, false) }
    for _ in 0..<min(5, answered.count) {
      requests.append((answered[Int(samples.next(below: UInt64(answered.count)))], true))
    }
    for (request, wasAnswered) in requests {
      let answer = try await connection.send(
        .POST, ChaosClient.ingressPath, headers: request.headers, body: request.body)
      guard answer.status == 200, let token = ChaosClient.token(answer) else {
        violation("a repeated request answered \(answer.status): \(answer.text.prefix(300))")
        continue
      }
      report.repeatedRequests += 1
      if wasAnswered, answer.headers.first(name: "idempotency-replayed") != "true" {
        violation("a request that was answered counts twice key=\(request.key ?? "")")
      }
      try await checkComplete(token, records: request.ids.count, connection)
    }
    answered += lost + life.notes.flatMap { $0.acknowledged.map(\.request).filter { $0.key != nil } }
    return lost
  }

  /// A token of an earlier life: 410, recovered, with a successor that completes.
  private func checkToken(_ token: String, _ connection: LoopbackConnection) async throws {
    report.tokens += 1
    let answer = try await connection.send(.GET, ChaosWitness.status(token, "wait=0s"))
    let details = (try? JSONValue(parsing: answer.body))?["details"]
    guard answer.status == 410, details?["outcome"]?.stringValue == "recovered",
      details?["lost"]?.elements?.isEmpty == true, let successor = details?["successor"]?.stringValue
    else { return violation("a token of an earlier life answered \(answer.status): \(answer.text.prefix(500))") }
    try await checkComplete(successor, records: nil, connection)
  }

  private func checkComplete(_ token: String, records: Int?, _ connection: LoopbackConnection) async throws {
    let answer = try await connection.send(.GET, ChaosWitness.status(token, "wait=30s"))
    let accepted = (try? JSONValue(parsing: answer.body))?["accepted"]?.integerValue
    if answer.status != 200 || records.map({ Int64($0) != accepted }) == true {
      violation("a token does not complete: \(answer.status) \(answer.text.prefix(500))")
    }
  }

  private func checkContents(
    _ life: Life, _ repeated: [ChaosRequest], _ connection: LoopbackConnection
  ) async throws {
    var expected = repeated.map(\.ids) + life.notes.flatMap { $0.acknowledged.map(\.request.ids) }
    let open = life.notes.compactMap(\.unknown).filter { $0.key == nil }
    acknowledgedRecords += expected.reduce(0) { $0 + $1.count }
    unknownRecords += open.reduce(0) { $0 + $1.ids.count }
    let doubled = try await query("SELECT * FROM doubled", connection)
    if !doubled.isEmpty { violation("\(doubled.count) records were applied twice") }
    let total = try await query("SELECT n FROM total", connection).first?["n"]?.integerValue ?? 0
    if total < acknowledgedRecords || total > acknowledgedRecords + unknownRecords {
      violation("\(total) records are there, \(acknowledgedRecords) were acknowledged")
    }
    let rows = try await query("SELECT id FROM t WHERE id >= \(life.first) AND id < \(life.end)", connection)
    var present = Set(rows.compactMap { $0["id"]?.integerValue })
    expected.sort { $0.lowerBound < $1.lowerBound }
    var lost = 0
    for ids in expected { for id in ids where present.remove(id) == nil { lost += 1 } }
    if lost > 0 { violation("\(lost) acknowledged records are lost") }
    for request in open {
      // All or nothing.
      let count = request.ids.reduce(0) { $0 + (present.remove($1) == nil ? 0 : 1) }
      if count != 0, count != request.ids.count { violation("\(count) of \(request.ids.count) records of one request") }
    }
    if !present.isEmpty { violation("\(present.count) records that nobody sent") }
  }

  private func query(_ sql: String, _ connection: LoopbackConnection) async throws -> [JSONValue] {
    let path = "\(ChaosClient.path)/query?format=json&sql=\(ChaosWitness.percentEncoded(sql))"
    let answer = try await connection.send(.GET, path)
    guard answer.status == 200 else { throw ChaosServer.Fault(description: "query failed: \(answer.text)") }
    return answer.text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
  }

  private func violation(_ text: String) {
    report.violations.append("after \(report.crashes) crashes: \(text)")
  }
}
