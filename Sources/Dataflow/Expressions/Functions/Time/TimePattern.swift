import DataModel

/// A compiled pattern for formatting and parsing dates and times.
struct TimePattern: Sendable {
  enum Kind: Hashable, Sendable {
    case year, yearOfCentury, century, quarter, month, monthName, day, dayOfYear
    case weekdayName, weekdayFromZero, weekdayFromOne, isoWeekday, weekFromSunday, weekFromMonday
    case isoYear, isoYearOfCentury, isoWeek, weekOfYear, weekOfMonth
    case hour, hour12, halfDay, minute, second, secondOfDay, epoch
    /// Digits behind the second; a width of 0 is as many as there are.
    case fraction
  }

  enum Letters: Sendable { case title, upper, lower }

  struct Element: Sendable {
    let kind: Kind
    var width = 2
    /// What fills up numbers; nil leaves them short.
    var padding: UInt8? = 0x30
    /// Names in three letters.
    var isShort = false
    var letters = Letters.title
    /// Fractions: with their point.
    var hasPoint = false
  }

  enum Item: Sendable {
    case literal([UInt8])
    /// Formatting writes it, parsing passes any number of blanks.
    case blank(UInt8)
    case element(Element)
  }

  enum Dialect: String, Sendable { case strftime, java, postgres }

  let items: [Item]

  init(_ text: [UInt8], _ dialect: Dialect) throws(EvaluationError) {
    var reader = TimePatternReader(text)
    let isRead: Bool
    switch dialect {
    case .strftime: isRead = reader.strftime()
    case .java: isRead = text.contains(0x25) ? reader.strftime() : reader.java()
    case .postgres: isRead = reader.postgres()
    }
    guard isRead else {
      throw EvaluationError(
        .invalidArgument, "invalid date format '\(String(decoding: text.prefix(100), as: UTF8.self))'")
    }
    items = reader.items
  }

  var kinds: Set<Kind> {
    Set(items.compactMap { if case .element(let element) = $0 { element.kind } else { nil } })
  }

  /// Nanoseconds within which all moments of a day give one text.
  var granularity: Int64 {
    let kinds = kinds
    if !kinds.isDisjoint(with: [.second, .secondOfDay, .epoch, .fraction]) { return 1 }
    if kinds.contains(.minute) { return 60_000_000_000 }
    if !kinds.isDisjoint(with: [.hour, .hour12, .halfDay]) { return 3_600_000_000_000 }
    return EventTime.nanosecondsPerDay
  }

  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
  ].map { Array($0.utf8) }

  /// From Sunday.
  static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"].map {
    Array($0.utf8)
  }
}

/// Reads patterns of three dialects; each gives false on what it does not know.
struct TimePatternReader {
  private let text: [UInt8]
  private var at = 0
  private(set) var items: [TimePattern.Item] = []

  init(_ text: [UInt8]) { self.text = text }

  private mutating func literal(_ byte: UInt8) {
    if TextScan.isBlank(byte) { return items.append(.blank(byte)) }
    if case .literal(let bytes)? = items.last {
      items[items.count - 1] = .literal(bytes + [byte])
    } else {
      items.append(.literal([byte]))
    }
  }

  private mutating func add(
    _ kind: TimePattern.Kind, width: Int = 2, padding: UInt8? = 0x30,
    _ change: (inout TimePattern.Element) -> Void = { _ in }
  ) {
    var element = TimePattern.Element(kind: kind, width: width, padding: padding)
    change(&element)
    items.append(.element(element))
  }

  // MARK: strftime

  mutating func strftime() -> Bool {
    while at < text.count {
      let byte = text[at]
      at += 1
      guard byte == 0x25 else {
        literal(byte)
        continue
      }
      var padding: UInt8?? = .none
      if at < text.count {
        switch text[at] {
        case 0x2D: padding = .some(nil)
        case 0x5F: padding = 0x20
        case 0x30: padding = 0x30
        default: break
        }
      }
      if padding != nil { at += 1 }
      guard at < text.count else { return false }
      let letter = text[at]
      at += 1
      guard specifier(letter, padding) else { return false }
    }
    return true
  }

  private mutating func specifier(_ letter: UInt8, _ override: UInt8??) -> Bool {
    let zero = override ?? 0x30
    let blank = override ?? 0x20
    switch UnicodeScalar(letter) {
    case "Y": add(.year, width: 4, padding: zero)
    case "C": add(.century, padding: zero)
    case "y": add(.yearOfCentury, padding: zero)
    case "m": add(.month, padding: zero)
    case "b", "h": add(.monthName) { $0.isShort = true }
    case "B": add(.monthName)
    case "d": add(.day, padding: zero)
    case "e": add(.day, padding: blank)
    case "a": add(.weekdayName) { $0.isShort = true }
    case "A": add(.weekdayName)
    case "w": add(.weekdayFromZero, width: 1)
    case "u": add(.isoWeekday, width: 1)
    case "U": add(.weekFromSunday, padding: zero)
    case "W": add(.weekFromMonday, padding: zero)
    case "G": add(.isoYear, width: 4, padding: zero)
    case "g": add(.isoYearOfCentury, padding: zero)
    case "V": add(.isoWeek, padding: zero)
    case "j": add(.dayOfYear, width: 3, padding: zero)
    case "q": add(.quarter, width: 1)
    case "H": add(.hour, padding: zero)
    case "k": add(.hour, padding: blank)
    case "I": add(.hour12, padding: zero)
    case "l": add(.hour12, padding: blank)
    case "P": add(.halfDay) { $0.letters = .lower }
    case "p": add(.halfDay) { $0.letters = .upper }
    case "M": add(.minute, padding: zero)
    case "S": add(.second, padding: zero)
    case "s": add(.epoch, width: 1, padding: nil)
    case "f": add(.fraction, width: 9)
    case "D": return composite("%m/%d/%y")
    case "F": return composite("%Y-%m-%d")
    case "v": return composite("%e-%b-%Y")
    case "R": return composite("%H:%M")
    case "T", "X": return composite("%H:%M:%S")
    case "x": return composite("%m/%d/%y")
    case "c": return composite("%a %b %e %H:%M:%S %Y")
    case "r": return composite("%I:%M:%S %p")
    case "t": literal(0x09)
    case "n": literal(0x0A)
    case "%": literal(0x25)
    default: return fraction(letter)
    }
    return true
  }

  /// `%.f`, `%.3f`, `%3f`.
  private mutating func fraction(_ first: UInt8) -> Bool {
    var letter = first
    let hasPoint = letter == 0x2E
    func next(_ reader: inout TimePatternReader) -> UInt8 {
      guard reader.at < reader.text.count else { return 0 }
      reader.at += 1
      return reader.text[reader.at - 1]
    }
    if hasPoint { letter = next(&self) }
    var width = 0
    if [0x33, 0x36, 0x39].contains(letter) {
      width = Int(letter - 0x30)
      letter = next(&self)
    }
    guard letter == 0x66, hasPoint || width > 0 else { return false }
    add(.fraction, width: width) { $0.hasPoint = hasPoint }
    return true
  }

  private mutating func composite(_ pattern: String) -> Bool {
    var inner = TimePatternReader(Array(pattern.utf8))
    guard inner.strftime() else { return false }
    items += inner.items
    return true
  }

  // MARK: Java

  mutating func java() -> Bool {
    while at < text.count {
      let byte = text[at]
      if byte == 0x27 {
        guard quoted(by: byte) else { return false }
        continue
      }
      guard (0x61...0x7A).contains(byte | 0x20) else {
        literal(byte)
        at += 1
        continue
      }
      var count = 0
      while at < text.count, text[at] == byte {
        count += 1
        at += 1
      }
      guard javaLetter(byte, count) else { return false }
    }
    return true
  }

  private mutating func javaLetter(_ letter: UInt8, _ count: Int) -> Bool {
    let padding: UInt8? = count > 1 ? 0x30 : nil
    switch UnicodeScalar(letter) {
    case "y", "u":
      count == 2 ? add(.yearOfCentury) : add(.year, width: max(count, 4), padding: count > 2 ? 0x30 : nil)
    case "Y": add(.isoYear, width: 4)
    case "M", "L":
      if count < 3 { add(.month, padding: padding) } else { add(.monthName) { $0.isShort = count == 3 } }
    case "d": add(.day, padding: padding)
    case "D": add(.dayOfYear, width: count, padding: padding)
    case "Q", "q": add(.quarter, width: count, padding: padding)
    case "w": add(.isoWeek, padding: padding)
    case "E": add(.weekdayName) { $0.isShort = count <= 3 }
    case "e", "F": return false
    case "H": add(.hour, padding: padding)
    case "h": add(.hour12, padding: padding)
    case "m": add(.minute, padding: padding)
    case "s": add(.second, padding: padding)
    case "S", "n": add(.fraction, width: min(count, 9))
    case "a": add(.halfDay) { $0.letters = .upper }
    default: return false
    }
    return true
  }

  /// A quoted text; two quotes are one.
  private mutating func quoted(by quote: UInt8) -> Bool {
    at += 1
    if at < text.count, text[at] == quote {
      literal(quote)
      at += 1
      return true
    }
    while at < text.count {
      let byte = text[at]
      at += 1
      if byte == quote {
        guard at < text.count, text[at] == quote else { return true }
        at += 1
      }
      literal(byte)
    }
    return false
  }

  // MARK: PostgreSQL

  mutating func postgres() -> Bool {
    var isShort = false
    while at < text.count {
      if text[at] == 0x22 {
        guard quoted(by: 0x22) else { return false }
        continue
      }
      if matches("FM") {
        at += 2
        isShort = true
        continue
      }
      guard let word = Self.words.first(where: { matches($0) }) else {
        // Letters that mean nothing stand for themselves, as in PostgreSQL.
        literal(text[at])
        at += 1
        continue
      }
      let second = at + 1 < text.count ? text[at + 1] : 0
      let letters: TimePattern.Letters =
        text[at] & 0x20 != 0 ? .lower : second & 0x20 != 0 ? .title : .upper
      at += word.utf8.count
      postgresWord(word, letters, padding: isShort ? nil : 0x30)
      isShort = false
    }
    return true
  }

  /// Longer ones first.
  private static let words = [
    "HH24", "HH12", "IYYY", "MONTH", "YYYY", "SSSSS", "SSSS", "A.M.", "P.M.", "DDD", "MON", "DAY", "YYY",
    "FF1", "FF3", "FF6", "HH", "MI", "SS", "MS", "US", "YY", "MM", "DD", "DY", "AM", "PM", "ID", "IW", "IY",
    "WW", "CC", "Q", "D", "W", "Y",
  ]

  private func matches(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    guard at + bytes.count <= text.count else { return false }
    return zip(text[at...], bytes).allSatisfy { ($0 & 0xDF) == ($1 & 0xDF) && ($0 >= 0x40 || $0 == $1) }
  }

  private mutating func postgresWord(_ word: String, _ letters: TimePattern.Letters, padding: UInt8?) {
    switch word {
    case "YYYY", "YYY": add(.year, width: 4, padding: padding)
    case "YY", "Y": add(.yearOfCentury, padding: padding)
    case "IYYY": add(.isoYear, width: 4, padding: padding)
    case "IY": add(.isoYearOfCentury, padding: padding)
    case "CC": add(.century, padding: padding)
    case "Q": add(.quarter, width: 1)
    case "MM": add(.month, padding: padding)
    case "MONTH": add(.monthName, width: padding == nil ? 0 : 9) { $0.letters = letters }
    case "MON":
      add(.monthName) { element in
        element.isShort = true
        element.letters = letters
      }
    case "DDD": add(.dayOfYear, width: 3, padding: padding)
    case "DD": add(.day, padding: padding)
    case "D": add(.weekdayFromOne, width: 1)
    case "ID": add(.isoWeekday, width: 1)
    case "DAY": add(.weekdayName, width: padding == nil ? 0 : 9) { $0.letters = letters }
    case "DY":
      add(.weekdayName) { element in
        element.isShort = true
        element.letters = letters
      }
    case "WW": add(.weekOfYear, padding: padding)
    case "W": add(.weekOfMonth, width: 1)
    case "IW": add(.isoWeek, padding: padding)
    case "HH24": add(.hour, padding: padding)
    case "HH12", "HH": add(.hour12, padding: padding)
    case "MI": add(.minute, padding: padding)
    case "SS": add(.second, padding: padding)
    case "SSSS", "SSSSS": add(.secondOfDay, width: 5, padding: nil)
    case "MS", "FF3": add(.fraction, width: 3)
    case "US", "FF6": add(.fraction, width: 6)
    case "FF1": add(.fraction, width: 1)
    default: add(.halfDay) { $0.letters = letters }
    }
  }
}
