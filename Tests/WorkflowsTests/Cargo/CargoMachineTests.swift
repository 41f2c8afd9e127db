import PipelineModel
import Testing
import WireTypes
import Workflows

// Goal: batches are made by number or age, in order, one model each, and called within bounds. Method: facts and the
// clock are given, the actions compared.
@Suite struct CargoMachineTests {
  private static func at(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: UInt64(seconds * 1e9))
  }

  private func machine(_ items: Int = 3, calls: Int = 2) -> CargoMachine {
    var settings = CargoSettings()
    settings.batchItemsMax = items
    settings.callsMax = calls
    return CargoMachine(settings: settings)
  }

  @Test("So many make a batch at once, the rest when the oldest is old enough")
  func numberAndAge() {
    var machine = machine()
    for index in 0..<7 { machine.add("i\(index)", model: "m", due: Self.at(2 + Double(index))) }
    machine.add("i0", model: "m", due: Self.at(0))
    #expect(
      machine.actions(now: Self.at(1)) == [
        .form(model: "m", ids: ["i0", "i1", "i2"]), .form(model: "m", ids: ["i3", "i4", "i5"]),
      ])
    #expect(machine.nextDue == Self.at(8))
    #expect(machine.actions(now: Self.at(7.9)).isEmpty)
    #expect(machine.actions(now: Self.at(8)) == [.form(model: "m", ids: ["i6"])])
    #expect(machine.nextDue == nil)
  }

  @Test("One model a batch; what was cancelled is in none")
  func models() {
    var machine = machine()
    for index in 0..<6 { machine.add("i\(index)", model: index % 2 == 0 ? "a" : "b", due: Self.at(5)) }
    machine.remove("i2")
    machine.remove("nothing")
    #expect(machine.actions(now: Self.at(1)) == [.form(model: "b", ids: ["i1", "i3", "i5"])])
    #expect(machine.actions(now: Self.at(5)) == [.form(model: "a", ids: ["i0", "i4"])])
  }

  @Test("Calls of one model are bounded, and those that wait for another try take no place")
  func calls() {
    var machine = machine(1, calls: 2)
    for index in 0..<4 { machine.add("i\(index)", model: "m", due: Self.at(0)) }
    #expect(machine.actions(now: Self.at(1)).count == 4)
    for index in 0..<4 { machine.formed("g\(index)", model: "m") }
    #expect(machine.actions(now: Self.at(1)) == [.call(group: "g0", tries: 0), .call(group: "g1", tries: 0)])
    machine.called("g0", retry: Self.at(6))
    #expect(machine.actions(now: Self.at(1)) == [.call(group: "g2", tries: 0)])
    machine.called("g1", retry: nil)
    machine.called("g2", retry: nil)
    #expect(machine.actions(now: Self.at(6)) == [.call(group: "g3", tries: 0), .call(group: "g0", tries: 1)])
    machine.called("g0", retry: nil)
    machine.called("g3", retry: nil)
    #expect(machine.isIdle)
  }

  @Test("What the store did not take waits on, first in its line")
  func notFormed() {
    var machine = machine()
    for index in 0..<4 { machine.add("i\(index)", model: "m", due: Self.at(0)) }
    #expect(machine.actions(now: Self.at(1)) == [.form(model: "m", ids: ["i0", "i1", "i2"]), .form(model: "m", ids: ["i3"])])
    machine.notFormed(["i0", "i1"], model: "m", until: Self.at(3))
    machine.formed(nil, model: "m")
    machine.add("i9", model: "m", due: Self.at(0))
    #expect(machine.actions(now: Self.at(2)).isEmpty)
    #expect(machine.nextDue == Self.at(3))
    #expect(machine.actions(now: Self.at(3)) == [.form(model: "m", ids: ["i0", "i1", "i9"])])
  }

  @Test("A provider is tried five times: after 5, 10, 20 and 40 s, never later than 5 min")
  func retryDelays() {
    let settings = CargoSettings()
    func delay(_ tries: Int, _ wish: Int? = nil, isRetryable: Bool = true) -> Double? {
      settings.retryDelay(after: tries, isRetryable: isRetryable, retryAfterSeconds: wish)
    }
    #expect((1...5).map { delay($0) } == [5, 10, 20, 40, nil])
    #expect(delay(1, 30) == 30)
    #expect(delay(1, 3000) == 300)
    #expect(delay(1, isRetryable: false) == nil)
    var patient = settings
    patient.triesMax = 100
    #expect(patient.retryDelay(after: 99, isRetryable: true, retryAfterSeconds: nil) == 300)
  }

  @Test("Settings are read, and wrong ones named")
  func settings() throws {
    let json = try JSONValue(
      parsing: #"{"batch_items_max":7,"batch_age_secs":0.5,"callback_delays_secs":[0,0.1],"callback_timeout_secs":1}"#)
    let settings = try CargoSettings(json: json)
    #expect(settings.batchItemsMax == 7 && settings.batchAgeSeconds == 0.5)
    #expect(settings.callbacks.delaysSeconds == [0, 0.1] && settings.callbacks.timeoutSeconds == 1)
    for wrong in [#"{"x":1}"#, #"{"batch_items_max":0}"#, #"{"callback_delays_secs":[]}"#, #"{"batch_age_secs":"1"}"#, "[]"] {
      #expect(throws: CargoSettings.Fault.self, "\(wrong)") { try CargoSettings(json: JSONValue(parsing: wrong)) }
    }
  }
}
