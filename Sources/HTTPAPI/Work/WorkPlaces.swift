package import Logging
import PipelineModel
package import PipelineRuntime
package import Platform
import ServiceLifecycle
import Synchronization
package import Workflows

/// The work of all projects: each is opened when it is first asked for, or when the server starts and there is some.
///
/// A service: when it stops, the work stays as it is in the log.
package actor WorkPlaces: Service {
  /// The pipelines of a project.
  package typealias Directories = @Sendable (_ project: String) -> any PipelineDirectory

  private enum Opening {
    case underway(Task<Result<WorkPlace, WorkError>, Never>)
    case open(WorkPlace)
    /// What it still writes is being waited for: whoever opens it next reads everything.
    case leaving(Task<Void, Never>)
  }

  private let directories: Directories
  nonisolated let settings: WorkSettings
  private let clock: any PipelineClock
  private let logger: Logger
  /// Slugs of all projects.
  private let projects: @Sendable () -> [String]
  private var places: [String: Opening] = [:]
  /// Of `places` those that are open.
  private nonisolated let open = Mutex<[String: WorkPlace]>([:])
  /// Projects whose pipeline is being stopped or changed by somebody: by how many calls.
  private var held: [String: Int] = [:]
  private var isClosed = false

  package init(
    directories: @escaping Directories, settings: WorkSettings, clock: any PipelineClock, logger: Logger,
    projects: @escaping @Sendable () -> [String] = { ["default"] }
  ) {
    self.directories = directories
    self.settings = settings
    self.clock = clock
    self.logger = logger
    self.projects = projects
  }

  /// Waits for the stop and closes.
  package func run() async throws {
    try? await gracefulShutdown()
    close()
  }

  /// Goes on, in the background, with the work of all projects. When their pipelines have been asked to come back:
  /// before, none of them seems to be wanted.
  package func resumeAll() {
    let all = projects()
    Task { await openKnown(all) }
  }

  /// Goes on with the work of projects that have some.
  package func openKnown(_ projects: [String]) async {
    for project in projects {
      let known = try? await directories(project).descriptor(WorkProgram.name)
      guard let known,
        known.deployment.desiredResources == .provisioned || known.definition.description == WorkProgram.changing
      else { continue }
      do throws(WorkError) { _ = try await place(of: project) } catch {
        logger.warning("the work of project '\(project)' is not open: \(error.message)")
      }
    }
  }

  /// Errors: `unavailable` while the pipeline comes up, when it is stopped or not ours.
  package func place(of project: String) async throws(WorkError) -> WorkPlace {
    while case .leaving(let task) = places[project] { await left(project, task) }
    guard !isClosed else { throw WorkError(.unavailable, "the server stops") }
    if places[project] == nil, held[project] != nil {
      throw WorkError(.unavailable, "the pipeline '\(WorkProgram.name)' is being stopped or changed")
    }
    let task: Task<Result<WorkPlace, WorkError>, Never>
    switch places[project] {
    case .open(let place): return place
    case .underway(let underway): task = underway
    case nil, .leaving:
      let opener = WorkOpener(
        project: project, directory: directories(project), settings: settings, clock: clock, logger: logger)
      task = Task { await opener.open() }
      places[project] = .underway(task)
    }
    let result = await task.value
    if isClosed {
      // It was being opened when all others were closed.
      if case .success(let place) = result { place.close() }
      throw WorkError(.unavailable, "the server stops")
    }
    // Unless it was dropped meanwhile.
    if case .underway(let current) = places[project], current == task {
      switch result {
      case .success(let place):
        places[project] = .open(place)
        open.withLock { $0[project] = place }
      case .failure: places[project] = nil
      }
    }
    return try result.get()
  }

  /// The work of a project that is open already.
  nonisolated func opened(_ project: String) -> WorkPlace? { open.withLock { $0[project] } }

  /// Closes the work of a project whose pipeline stops or becomes another; it is opened again when it is asked for.
  /// What was under way is as after a crash.
  package func drop(_ project: String) async {
    open.withLock { $0[project] = nil }
    guard let former = places[project] else { return }
    let task = Task {
      switch former {
      case .open(let place): await place.leave()
      case .underway(let task):
        task.cancel()
        if case .success(let place) = await task.value { await place.leave() }
      case .leaving(let task): await task.value
      }
    }
    places[project] = .leaving(task)
    await left(project, task)
  }

  /// Until `letGo` nothing is opened: what is open stays.
  func hold(_ project: String) { held[project, default: 0] += 1 }

  func letGo(_ project: String) {
    let count = held[project, default: 1] - 1
    held[project] = count > 0 ? count : nil
  }

  /// As `drop`, when it is still being opened.
  func dropOpening(_ project: String) async {
    if case .underway = places[project] { await drop(project) }
  }

  private func left(_ project: String, _ task: Task<Void, Never>) async {
    await task.value
    if case .leaving(let current) = places[project], current == task { places[project] = nil }
  }

  /// Goes on, in the background, with the work of a project whose pipeline starts.
  package func resume(_ project: String) {
    Task { await openKnown([project]) }
  }

  private func close() {
    isClosed = true
    open.withLock { $0 = [:] }
    for case .open(let place) in places.values { place.close() }
    places = [:]
  }
}
