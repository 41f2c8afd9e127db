import PipelineModel
import Platform
package import StorageAPI

/// Reads everything that a data directory holds and reports what is damaged. No server may use the directory meanwhile.
/// Blocks.
package struct DirectoryCheck {
  private let directory: String
  private let opener: any StoreOpener
  private let fileSystem = PosixFileSystem()

  package init(directory: String, opener: any StoreOpener) {
    self.directory = directory
    self.opener = opener
  }

  /// Errors: the directory is in use, or holds no catalog.
  package func run() throws(PipelineHostError) -> CheckReport {
    guard fileSystem.exists("\(directory)/catalog") else {
      throw PipelineHostError("\(directory) is no data directory: it has no catalog")
    }
    var report = CheckReport()
    if let format = try DataFormat.check(directory, fileSystem), format < DataFormat.current {
      report.note("data format \(format), which the next start of this version upgrades")
    }
    do {
      let lock = try DirectoryLock(directory)
      defer { withExtendedLifetime(lock) {} }
      let catalog = try PipelineCatalog(opener: opener, directory: "\(directory)/catalog")
      defer { catalog.close() }
      let (records, damaged) = try catalog.load()
      for id in damaged { report.problem("catalog: the row of a pipeline cannot be read id=\(id)") }
      for record in records { check(record, &report) }
      let known = Set(records.map(\.id))
      for name in try fileSystem.entries(of: "\(directory)/pipelines") where !known.contains(name) {
        report.note("directory \(name) belongs to no pipeline of the catalog")
      }
    } catch { throw PipelineHostError("\(directory) cannot be checked: \(error)") }
    report.note(
      report.problems.isEmpty ? "no problems" : "\(report.problems.count) problems, see the lines above")
    return report
  }

  private func check(_ record: PipelineRecord, _ report: inout CheckReport) {
    let path = "\(directory)/pipelines/\(record.id)"
    guard fileSystem.exists("\(path)/store") else {
      if record.logID == nil {
        report.note("pipeline \(record.name): no storage")
      } else {
        report.problem("pipeline \(record.name): its storage is missing path=\(path)")
      }
      return
    }
    let store: any OrderedStore
    do { store = try opener.open(directory: "\(path)/store") } catch {
      report.problem("pipeline \(record.name): the store cannot be opened: \(error)")
      return
    }
    defer { store.close() }
    StateCheck(name: record.name, directory: path, logID: record.logID, store: store, fileSystem: fileSystem)
      .run(&report)
  }
}
