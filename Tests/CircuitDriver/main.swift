// Goal: programs of random SQL run against the circuit itself, thousands a minute, without a server around.
// Method: one command a line on stdin, with the lines that belong to it behind; every command that answers
// ends its answer with a line ".". Tests/Acceptance/programs/driver.py is the other side.
//
//   program N [raw] [memory=B]
//                        N lines of SQL follow; `raw` leaves the plans unrewritten, `memory` lets state go to
//                        files beyond B bytes. Takes the initial step.
//   change TABLE N       N records in the insert_delete format, for the next step
//   step                 takes the changes; tells the contents of each view that changed
//   restart              state to the bytes of a checkpoint and back, into a new circuit of the same program
//   checkpoint           takes the state and goes on with the same circuit
//   adhoc VIEW N         N lines of one SELECT: its answer over the snapshots must be the view
import Foundation

var session = Session()
while let line = readLine() {
  let words = line.split(separator: " ").map(String.init)
  guard let command = words.first else { continue }
  do {
    let argument = words.count > 1 ? words[1] : ""
    switch command {
    case "program":
      let memory = words.compactMap { $0.hasPrefix("memory=") ? Int($0.dropFirst(7)) : nil }.first
      try session.load(
        try Lines.read(argument), rewriting: !words.contains("raw"), memory: memory)
    case "change": try session.change(argument, try Lines.read(words.count > 2 ? words[2] : ""))
    case "step": try session.step()
    case "checkpoint": try session.checkpoint()
    case "restart": try session.restart()
    case "adhoc": try session.adhoc(argument, try Lines.read(words.count > 2 ? words[2] : ""))
    default: throw Refusal(kind: "protocol", "unknown command \(command)")
    }
  } catch let refusal as Refusal {
    session.reply.append("error \(refusal.kind) \(Lines.quoted(refusal.message))")
  } catch {
    session.reply.append("error other \(Lines.quoted("\(error)"))")
  }
  guard command != "change" else { continue }
  session.reply.append(".")
  let text = session.reply.joined(separator: "\n") + "\n"
  session.reply = []
  FileHandle.standardOutput.write(Data(text.utf8))
}

StateFiles.remove()

/// Why a command was not done: the compiler's refusal, an evaluation error, a check that failed.
struct Refusal: Error {
  let kind: String
  let message: String
  init(kind: String, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
