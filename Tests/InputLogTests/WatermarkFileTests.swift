// Goal: the watermark survives torn writes and is never misread. Method: write, damage single bytes, read.
import InputLog
import PipelineModel
import Platform
import TestSupport
import Testing

struct WatermarkFileTests {
  private let fileSystem = PosixFileSystem()

  @Test func theGreatestEndIsReadBack() throws {
    let directory = try TemporaryDirectory("watermark")
    let path = directory.path + "/watermark"
    #expect(try WatermarkFile.read(path, fileSystem) == nil)
    for end in [5, 9, 7, 30] as [UInt64] {
      let file = try WatermarkFile(path: path, fileSystem: fileSystem)
      try file.write(Offset(end))
      try file.sync()
      #expect(!file.isDirty)
    }
    #expect(try WatermarkFile.read(path, fileSystem) == Offset(30))
  }

  @Test func oneTornSlotLeavesTheOtherAndNeverAGreaterEnd() throws {
    let directory = try TemporaryDirectory("watermark")
    let path = directory.path + "/watermark"
    let file = try WatermarkFile(path: path, fileSystem: fileSystem)
    try file.write(Offset(5))
    try file.write(Offset(9))
    let bytes = try fileSystem.read(path)
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0xFF
      try fileSystem.writeFile(path, damaged, sync: false)
      let end = try #require(try WatermarkFile.read(path, fileSystem))
      #expect(end == Offset(5) || end == Offset(9))
    }
    try fileSystem.writeFile(path, [UInt8](repeating: 0xAA, count: bytes.count), sync: false)
    #expect(throws: LogError.self) { try WatermarkFile.read(path, fileSystem) }
    try fileSystem.writeFile(path, [], sync: false)
    #expect(try WatermarkFile.read(path, fileSystem) == nil)
  }
}
