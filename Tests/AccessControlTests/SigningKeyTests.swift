// Goal: the key is made once, kept private, and damage is refused.
// Method: a fresh directory on the real file system; the file is then cut.

import AccessControl
import PipelineModel
import Platform
import Testing

struct SigningKeyTests {
  private func withDirectory(_ body: (String, PosixFileSystem) throws -> Void) throws {
    let files = PosixFileSystem()
    let id = UniqueID.version7(clock: SystemClock(), random: SystemRandom())
    let directory = "/tmp/tidemark-signing-key-\(id)"
    try files.createDirectories(directory)
    defer { try? files.removeTree(directory) }
    try body(directory, files)
  }

  @Test func aKeyIsMadeOnceAndReadAgain() throws {
    try withDirectory { directory, files in
      let token = CompletionToken(
        pipeline: PipelineID(UniqueID(high: 1, low: 2)), log: LogID(UniqueID(high: 3, low: 4)),
        incarnation: Incarnation(UniqueID(high: 5, low: 6)), endpoint: EndpointID(7),
        range: .empty(at: Offset(8)), stepsAtIssue: StepCount(9))
      let first = try SigningKey.loadOrCreate(
        dataDirectory: directory, fileSystem: files, random: SystemRandom())
      let second = try SigningKey.loadOrCreate(
        dataDirectory: directory, fileSystem: files, random: SystemRandom())
      let text = HMACTokenSealer(key: first).seal(token)
      #expect(HMACTokenSealer(key: second).open(text) == token)
      #expect(try files.read("\(directory)/\(SigningKey.fileName)").count == SigningKey.length)
    }
  }

  @Test func twoDirectoriesHaveDifferentKeys() throws {
    try withDirectory { first, files in
      try withDirectory { second, _ in
        for directory in [first, second] {
          _ = try SigningKey.loadOrCreate(dataDirectory: directory, fileSystem: files, random: SystemRandom())
        }
        let keys = try [first, second].map { try files.read("\($0)/\(SigningKey.fileName)") }
        #expect(keys[0] != keys[1])
      }
    }
  }

  @Test(arguments: [0, 1, 31, 33])
  func aKeyOfAnotherLengthIsRefused(length: Int) throws {
    try withDirectory { directory, files in
      let path = "\(directory)/\(SigningKey.fileName)"
      try files.writeFile(path, [UInt8](repeating: 1, count: length), sync: false)
      #expect(throws: SigningKeyError.self) {
        try SigningKey.loadOrCreate(dataDirectory: directory, fileSystem: files, random: SystemRandom())
      }
      #expect(try files.size(of: path) == UInt64(length))
    }
  }
}
