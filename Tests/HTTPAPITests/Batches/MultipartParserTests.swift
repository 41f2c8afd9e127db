import HTTPAPI
import Platform
import Testing

// Goal: whatever the pieces in which a form comes in, its parts come out whole; whatever the bytes, the
// parser answers with events or a fault. Method: examples as clients write them, random forms in random
// pieces, random damage.
@Suite struct MultipartParserTests {
  private struct Part: Equatable {
    var name: String
    var fileName: String?
    var content: [UInt8]
  }

  private func parts(_ pieces: [[UInt8]], boundary: String) throws -> [Part] {
    var parser = try #require(MultipartParser(boundary: boundary))
    var parts: [Part] = []
    for piece in pieces {
      for event in try parser.feed(piece) {
        switch event {
        case .part(let headers):
          parts.append(Part(name: headers.name, fileName: headers.fileName, content: []))
        case .content(let bytes): parts[parts.count - 1].content += bytes
        case .partEnd: break
        }
      }
    }
    try parser.finish()
    return parts
  }

  private func form(_ parts: [Part], boundary: String) -> [UInt8] {
    var out: [UInt8] = []
    for part in parts {
      let file = part.fileName.map { "; filename=\"\($0)\"" } ?? ""
      out += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(part.name)\"\(file)\r\n".utf8
      out += "Content-Type: application/pdf\r\n\r\n".utf8 + part.content + "\r\n".utf8
    }
    return out + "--\(boundary)--\r\n".utf8
  }

  @Test("A form as clients write it, in one piece and byte by byte, with preamble and epilogue")
  func example() throws {
    let body =
      "preamble\r\n--X\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X \t\r\n"
      + "Content-Disposition: form-data; name=\"file\"; filename=\"q \\\"4\\\".pdf\"\r\nContent-Type: text/plain\r\n\r\n"
      + "\r\n--Y\r\n--\r\n--X\r\nContent-Disposition: form-data; name=e\r\n\r\n\r\n--X--\r\nepilogue --X"
    let expected = [
      Part(name: "a", content: Array("1".utf8)),
      Part(name: "file", fileName: "q \"4\".pdf", content: Array("\r\n--Y\r\n--".utf8)),
      Part(name: "e", content: []),
    ]
    #expect(try parts([Array(body.utf8)], boundary: "X") == expected)
    #expect(try parts(body.utf8.map { [$0] }, boundary: "X") == expected)
  }

  @Test("Names of files in their encodings")
  func names() throws {
    func name(_ parameter: String) throws -> String? {
      let body = "--b\r\nContent-Disposition: form-data; name=file; \(parameter)\r\n\r\nx\r\n--b--"
      return try parts([Array(body.utf8)], boundary: "b").first?.fileName
    }
    #expect(try name("filename=plain.txt") == "plain.txt")
    #expect(try name(#"filename="semi;colon=.txt""#) == "semi;colon=.txt")
    #expect(try name("filename*=utf-8''na%C3%AFve%20x.txt") == "naïve x.txt")
    #expect(try name("filename=\"f\"; filename*=UTF-8''g") == "g")
    #expect(try name("filename=\"\"") == "")
  }

  @Test("The boundary of a content type")
  func boundary() {
    #expect(MultipartParser.boundary(of: "multipart/form-data; boundary=abc") == "abc")
    #expect(MultipartParser.boundary(of: "Multipart/Form-Data; charset=x; BOUNDARY=\"a b\"") == "a b")
    #expect(MultipartParser.boundary(of: "multipart/mixed; boundary=abc") == nil)
    #expect(MultipartParser.boundary(of: "multipart/form-data") == nil)
    #expect(MultipartParser(boundary: "") == nil)
    #expect(MultipartParser(boundary: String(repeating: "x", count: 71)) == nil)
    #expect(MultipartParser(boundary: "ü") == nil)
  }

  @Test(
    "What is no form is refused",
    arguments: [
      "", "--X\r\n", "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1", "--Xy\r\n\r\n\r\n--X--",
      "--X\r\n\r\n1\r\n--X--", "--X\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--X--",
      "--X\r\nContent-Disposition: form-data\r\n\r\n1\r\n--X--", "--X\r\nno colon\r\n\r\n1\r\n--X--", "text",
    ])
  func refusals(body: String) throws {
    #expect(throws: MultipartFault.self) { try parts([Array(body.utf8)], boundary: "X") }
  }

  @Test("Headers and parts without end are cut off")
  func limits() throws {
    var parser = try #require(MultipartParser(boundary: "X"))
    _ = try parser.feed(Array("--X\r\n".utf8))
    #expect(throws: MultipartFault.self) {
      for _ in 0..<100 { _ = try parser.feed(Array(repeating: 0x41, count: 1000)) }
    }
    let many = (0..<129).map { Part(name: "p\($0)", content: []) }
    #expect(throws: MultipartFault.self) { try parts([form(many, boundary: "X")], boundary: "X") }
  }

  private func cut(_ bytes: [UInt8], _ random: SeededRandom) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var position = 0
    while position < bytes.count {
      let count = min(bytes.count - position, Int(random.next(below: 40)) + 1)
      pieces.append(Array(bytes[position..<position + count]))
      position += count
    }
    return pieces
  }

  private func randomParts(_ random: SeededRandom, _ boundary: String) -> [Part] {
    // Content that looks like delimiters.
    let crumbs = ["\r\n", "--", "\r", "\n", "\r\n--\(boundary.dropLast())", "\r\n-", "x", "\u{0}"]
    return (0..<Int(random.next(below: 6)) + 1).map { index in
      var content: [UInt8] = []
      for _ in 0..<random.next(below: 20) {
        content += crumbs[Int(random.next(below: UInt64(crumbs.count)))].utf8
      }
      return Part(
        name: "n\(index)", fileName: random.next(below: 2) == 0 ? "f\(index).bin" : nil, content: content)
    }
  }

  @Test("Random forms in random pieces come back", arguments: 0..<100 as Range<UInt64>)
  func random(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let boundary = "----b\(random.next(below: 1000))"
    let expected = randomParts(random, boundary)
    #expect(try parts(cut(form(expected, boundary: boundary), random), boundary: boundary) == expected)
  }

  @Test(
    "Random damage ends in events or a fault, and the pieces do not matter",
    arguments: 0..<300 as Range<UInt64>)
  func damage(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    var bytes = form(randomParts(random, "bb"), boundary: "bb")
    for _ in 0..<random.next(below: 8) + 1 {
      let place = Int(random.next(below: UInt64(bytes.count)))
      switch random.next(below: 3) {
      case 0: bytes[place] = UInt8(random.next(below: 256))
      case 1: bytes.remove(at: place)
      default:
        bytes.insert(
          contentsOf: [[0x0D, 0x0A], [0x2D], [0x22], [0x3B]][Int(random.next(below: 4))], at: place)
      }
      if bytes.isEmpty { bytes = [0x0D] }
    }
    let whole = Result { try parts([bytes], boundary: "bb") }
    let pieces = Result { try parts(cut(bytes, random), boundary: "bb") }
    #expect((try? whole.get()) == (try? pieces.get()))
  }
}
