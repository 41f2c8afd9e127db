/// How a life of a pipeline ended; the `reason` of a 410 answer.
package enum EndReason: String, Hashable, Sendable {
  case stopped, crashed, suspended, rewound, cleared
}
