import CCompression

/// How the body of a request is compressed.
package enum ContentCoding: String, Sendable, CaseIterable {
  case gzip, zstd, lz4
}

/// Why compressed bytes were not taken.
package struct DecompressionError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable { case damaged, truncated, tooLarge }
  package let code: Code
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// Takes compressed bytes piece by piece and gives them back as they were, in pieces of bounded size: a bomb
/// costs no memory.
///
/// Several members or frames one after the other count as one. One task at a time.
/// `@unchecked Sendable` holds: the state behind the pointers is touched only by the calls of this object's one user.
@safe package final class Decompressor: @unchecked Sendable {
  @unsafe private enum State {
    case gzip(UnsafeMutablePointer<z_stream>)
    case zstd(OpaquePointer)
    case lz4(OpaquePointer)
  }

  private let state: State
  private let bytesMax: UInt64
  private var produced: UInt64 = 0
  private var input: [UInt8] = []
  private var position = 0
  /// Between two members: the end is allowed here.
  private var isAtEnd = true
  /// A member has ended, and zlib must be told before the next.
  private var needsReset = false

  /// Bytes of one piece.
  private static let pieceBytes = 256 << 10
  /// The greatest window that a frame may ask for: 64 MiB.
  private static let windowLogMax: Int32 = 26

  /// More than `bytesMax` bytes in all are an error. Nil when there is no memory.
  package init?(_ coding: ContentCoding, bytesMax: UInt64) {
    self.bytesMax = bytesMax
    switch coding {
    case .gzip:
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      unsafe stream.initialize(to: z_stream())
      // 15 bits of window, and 16 for the header of gzip.
      let result = unsafe inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      unsafe state = .gzip(stream)
      if result != Z_OK { return nil }
    case .zstd:
      guard let context = unsafe ZSTD_createDCtx() else { return nil }
      unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Decompressor.windowLogMax)
      unsafe state = .zstd(context)
    case .lz4:
      var context: OpaquePointer?
      guard unsafe LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0,
        let context = unsafe context
      else { return nil }
      unsafe state = .lz4(context)
    }
  }

  deinit {
    switch unsafe state {
    case .gzip(let stream):
      unsafe inflateEnd(stream)
      unsafe stream.deallocate()
    case .zstd(let context): unsafe ZSTD_freeDCtx(context)
    case .lz4(let context): unsafe LZ4F_freeDecompressionContext(context)
    }
  }

  /// The next compressed bytes; only when `next` has answered nil for those before.
  package func push(_ bytes: [UInt8]) {
    input = bytes
    position = 0
  }

  /// The next piece; nil when more input is needed. Errors: `damaged`, `tooLarge`.
  package func next() throws(DecompressionError) -> [UInt8]? {
    while true {
      let before = position
      let piece = try step()
      produced += UInt64(piece.count)
      guard produced <= bytesMax else {
        throw DecompressionError(.tooLarge, "the decompressed body is larger than \(bytesMax) bytes")
      }
      if !piece.isEmpty { return piece }
      if position == input.count { return nil }
      // Bytes that nobody takes must not be forgotten.
      if position == before { throw DecompressionError(.damaged, "the compressed body is damaged: no progress") }
    }
  }

  /// The body has ended. Errors: `truncated`.
  package func finish() throws(DecompressionError) {
    guard isAtEnd else { throw DecompressionError(.truncated, "the compressed body ends in its middle") }
  }

  private func step() throws(DecompressionError) -> [UInt8] {
    if position == input.count, isAtEnd { return [] }
    var failure: String?
    // Each call reads only the rest of the input and writes at most the capacity; what it reports is initialized.
    let piece = unsafe [UInt8](unsafeUninitializedCapacity: Decompressor.pieceBytes) { buffer, initialized in
      unsafe input.withUnsafeBufferPointer { source in
        let rest = unsafe UnsafeBufferPointer(rebasing: source[position...])
        let answer =
          switch unsafe state {
          case .gzip(let stream): unsafe inflate(stream, rest, buffer)
          case .zstd(let context): unsafe zstd(context, rest, buffer)
          case .lz4(let context): unsafe lz4(context, rest, buffer)
          }
        position += answer.read
        initialized = answer.written
        failure = answer.failure
      }
    }
    if let failure { throw DecompressionError(.damaged, "the compressed body is damaged: \(failure)") }
    return piece
  }

  private typealias Answer = (read: Int, written: Int, failure: String?)

  private func inflate(
    _ stream: UnsafeMutablePointer<z_stream>, _ source: UnsafeBufferPointer<UInt8>,
    _ target: UnsafeMutableBufferPointer<UInt8>
  ) -> Answer {
    if needsReset {
      unsafe inflateReset(stream)
      needsReset = false
    }
    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
    unsafe stream.pointee.avail_in = UInt32(clamping: source.count)
    unsafe stream.pointee.next_out = target.baseAddress
    unsafe stream.pointee.avail_out = UInt32(clamping: target.count)
    let given = unsafe Int(stream.pointee.avail_in)
    let result = unsafe CCompression.inflate(stream, Z_NO_FLUSH)
    let read = unsafe given - Int(stream.pointee.avail_in)
    let written = unsafe target.count - Int(stream.pointee.avail_out)
    switch result {
    case Z_STREAM_END: (isAtEnd, needsReset) = (true, true)
    case Z_OK: isAtEnd = false
    // No progress was possible: more input is needed.
    case Z_BUF_ERROR: break
    default:
      let text = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
      return (read, written, text ?? "zlib error \(result)")
    }
    return (read, written, nil)
  }

  private func zstd(
    _ context: OpaquePointer, _ source: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutableBufferPointer<UInt8>
  ) -> Answer {
    var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
    var output = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
    let result = unsafe ZSTD_decompressStream(context, &output, &input)
    if ZSTD_isError(result) != 0 {
      return unsafe (input.pos, output.pos, String(cString: ZSTD_getErrorName(result)))
    }
    isAtEnd = result == 0
    return unsafe (input.pos, output.pos, nil)
  }

  private func lz4(
    _ context: OpaquePointer, _ source: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutableBufferPointer<UInt8>
  ) -> Answer {
    var read = source.count
    var written = target.count
    let result = unsafe LZ4F_decompress(context, target.baseAddress, &written, source.baseAddress, &read, nil)
    if LZ4F_isError(result) != 0 { return unsafe (0, 0, String(cString: LZ4F_getErrorName(result))) }
    isAtEnd = result == 0
    return (read, written, nil)
  }
}
