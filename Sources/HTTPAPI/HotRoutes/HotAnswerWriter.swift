import DataModel
import HTTPTypes
import NIOCore
import PipelineModel

/// Makes the bytes of whole HTTP/1.1 answers; keeps the date line of the current second.
struct HotAnswerWriter {
  private var second: Int64 = .min
  private var dateLine: [UInt8] = []

  private static let okLine = Array("HTTP/1.1 200 OK\r\n".utf8)
  private static let fields = Array("Server: tidemark\r\nContent-Type: application/json\r\nContent-Length: ".utf8)
  private static let retryAfter = Array("\r\nRetry-After: ".utf8)
  private static let headEnd = Array("\r\n\r\n".utf8)

  mutating func bytes(_ answer: WholeAnswer, now: WallTime, _ allocator: ByteBufferAllocator) -> ByteBuffer {
    refreshDate(now)
    var out = allocator.buffer(capacity: 192 + answer.body.count)
    if answer.status == .ok {
      out.writeBytes(HotAnswerWriter.okLine)
    } else {
      out.writeString("HTTP/1.1 \(answer.status.code) \(answer.status.reasonPhrase)\r\n")
    }
    out.writeBytes(dateLine)
    out.writeBytes(HotAnswerWriter.fields)
    out.writeString(String(answer.body.count))
    if let seconds = answer.retryAfterSeconds {
      out.writeBytes(HotAnswerWriter.retryAfter)
      out.writeString(String(seconds))
    }
    for field in answer.fields {
      out.writeString("\r\n\(field.name): \(field.value)")
    }
    out.writeBytes(HotAnswerWriter.headEnd)
    out.writeBytes(answer.body)
    return out
  }

  private mutating func refreshDate(_ now: WallTime) {
    let current = now.microseconds / 1_000_000
    guard current != second else { return }
    second = current
    dateLine = Array("Date: \(HTTPDate.text(secondsSinceEpoch: current))\r\n".utf8)
  }
}

/// IMF-fixdate of RFC 9110 section 5.6.7.
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func text(secondsSinceEpoch seconds: Int64) -> String {
    let seconds = max(0, seconds)
    let (day, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let civil = EventTime.civil(days: day)
    let time = [rest / 3600, rest / 60 % 60, rest % 60].map(twoDigits).joined(separator: ":")
    let name = days[Int(day % 7)]
    return "\(name), \(twoDigits(civil.day)) \(months[Int(civil.month) - 1]) \(civil.year) \(time) GMT"
  }

  private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
