import DataModel
import Testing

/// Goal: a plan that does not fit the table makes the source's making fail with a message that names the fault.
/// Method: one wrong setting each.
struct DatagenPlanTests {
  static let faults: [(field: String, part: String)] = [
    ("{\"nosuch\":{}}", "no column 'nosuch'"),
    ("{\"i\":{},\"I\":{}}", "occurs twice"),
    ("{\"i\":{\"strategy\":\"zipf\"}}", "strategy 'zipf' is not supported"),
    ("{\"i\":{\"strategy\":\"word\"}}", "'word' does not fit column 'i' of type INTEGER"),
    ("{\"i\":{\"range\":[5,5]}}", "range"),
    ("{\"i\":{\"range\":[0,9000000000]}}", "outside INTEGER"),
    ("{\"i\":{\"range\":[1]}}", "two bounds"),
    ("{\"i\":{\"range\":[\"a\",\"b\"]}}", "range"),
    ("{\"i\":{\"scale\":0}}", "scale"),
    ("{\"i\":{\"strategy\":\"uniform\",\"scale\":3}}", "'scale' does not fit"),
    ("{\"i\":{\"values\":[]}}", "not empty"),
    ("{\"i\":{\"values\":[1,\"x\"]}}", "\"x\" is no value of column 'i'"),
    ("{\"i\":{\"values\":[1.5]}}", "1.5 is no value"),
    ("{\"b\":{\"values\":[1]}}", "1 is no value"),
    ("{\"b\":{\"range\":[0,1]}}", "'range' does not fit"),
    ("{\"t\":{\"strategy\":\"words\",\"values\":[\"a\"]}}", "values go with"),
    ("{\"t\":{\"strategy\":\"uniform\",\"range\":[0,1000000]}}", "lengths"),
    ("{\"day\":{\"range\":[\"2024-01-01\",\"soon\"]}}", "soon"),
    ("{\"u\":{\"range\":[0,1]}}", "'range' does not fit"),
    ("{\"i\":{\"null_percentage\":101}}", "null_percentage"),
    ("{\"i\":{\"colour\":1}}", "unknown setting 'colour'"),
    ("{\"i\":5}", "must be an object"),
  ]

  @Test(arguments: faults)
  func wrongFields(fault: (field: String, part: String)) {
    let message = Fixtures.datagenError("{\"plan\":[{\"fields\":\(fault.field)}]}", Fixtures.wide)
    #expect(message?.contains(fault.part) == true, "\(message ?? "no error")")
  }

  @Test(arguments: [
    ("{\"plan\":{}}", "'plan' must be an array"), ("{\"plan\":[{\"limit\":-1}]}", "limit"),
    ("{\"plan\":[{\"rate\":0}]}", "rate"), ("{\"plan\":[{\"limits\":1}]}", "unknown setting 'limits'"),
    ("{\"seed\":\"a\"}", "seed"), ("{\"plans\":[]}", "unknown setting 'plans'"), ("[]", "must be an object"),
  ])
  func wrongPlans(config: String, part: String) {
    let message = Fixtures.datagenError(config, Fixtures.wide)
    #expect(message?.contains(part) == true, "\(message ?? "no error")")
  }

  @Test func nullsNeedANullableColumn() {
    let strict = Fixtures.schema([("c", .integer)], nullable: false)
    #expect(
      Fixtures.datagenError("{\"plan\":[{\"fields\":{\"c\":{\"null_percentage\":1}}}]}", strict)?
        .contains("NOT NULL") == true)
    #expect(
      Fixtures.datagenError("{\"plan\":[{\"fields\":{\"c\":{\"values\":[null]}}}]}", strict)?
        .contains("null is no value") == true)
    #expect(Fixtures.datagenError("{\"plan\":[{\"fields\":{\"C\":{\"null_percentage\":0}}}]}", strict) == nil)
  }
}
