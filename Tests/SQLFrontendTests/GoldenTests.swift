// Goal: what the front end makes of SQL is known in full: plans after all rewrites, diagnostics with place
// and snippet. Method: golden texts over three fixed tables, compared as a whole; rewritten with
// UPDATE_GOLDEN=1.

import Testing

struct GoldenTests {
  @Test func plans() throws { try PlanGoldens.file.check(Shown.plan) }
  @Test func errors() throws { try ErrorGoldens.file.check(Shown.errors) }
  @Test func adhocQueries() throws { try QueryGoldens.file.check(Shown.adhoc) }
}
