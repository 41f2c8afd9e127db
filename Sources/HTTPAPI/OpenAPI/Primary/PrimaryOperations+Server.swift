import HTTPTypes
import PipelineModel
import WireTypes

extension PrimaryOperations {
  static let server = APIChapter(
    "Server", "Health, configuration and identity of the server.",
    [
      APIOperation(.get, "/healthz", "getHealth", "Whether the server answers.")
        .answers(200, "It does.", .object(["status": .choice("healthy")])),
      APIOperation(
        .get, "/config/authentication", "getAuthentication",
        "How clients authenticate: `{}` where nobody has to."
      ).answers(200, "The identity provider; empty for none.", .object([:], isOpen: true)),
      APIOperation(
        .get, "/v0/config/authentication", "getAuthenticationOfDialect", "The same under the prefix."
      )
      .answers(200, "The identity provider; empty for none.", .object([:], isOpen: true)),
      APIOperation(.get, "/v0/config", "getConfig", "Version and build of the server.")
        .answers(200, "What clients read when they connect.", .ref("ServerConfig")),
      APIOperation(.get, "/v0/config/session", "getSession", "Who the client is.")
        .answers(
          200, "The session.",
          .object(["tenant_id": .uuid, "tenant_name": .text, "role": .text, "memberships": .list(.any)])),
      APIOperation(.get, "/v0/config/demos", "listDemos", "Programs to try; there are none.")
        .answers(200, "An empty list.", .list(.any)),
      APIOperation(.get, "/v0/cluster_healthz", "getClusterHealth", "Health of the parts of the server.")
        .answers(200, "All parts are healthy.", .ref("ClusterHealth")),
      APIOperation(.get, "/v0/cluster/events", "listClusterEvents", "Changes of that health, newest first.")
        .query("selector", eventSelector, "How much of each event.")
        .answers(200, "At least the start of the server.", .list(.ref("ClusterEvent"))),
      APIOperation(.get, "/v0/cluster/events/{event}", "getClusterEvent", "One change of that health.")
        .query("selector", eventSelector, "How much of the event.")
        .answers(200, "The event.", .ref("ClusterEvent"))
        .fails(.notFound),
      APIOperation(.post, "/v0/validate_program", "validateProgram", "Compiles a program without a pipeline.")
        .takes(
          .object(
            ["program_code": .text.said("SQL text, at most 1 MiB.")],
            optional: ["runtime_version": .text.orNull, "ir": .flag.orNull], isOpen: true)
        )
        .answers(200, "What the compiler says: the schema, or errors with their places.", .ref("Validation")),
      APIOperation(.post, "/v0/backups", "createBackup", "Copies the data directory while the server runs.")
        .details("The copy lies in `backups/NAME` of the data directory, whole or not at all.")
        .takes(.object(["name": .text(1...100, pattern: "^[A-Za-z0-9_-]+$")], isOpen: true))
        .answers(
          201, "The backup is on disk.", .object(["name": .text, "path": .text, "pipelines": .count])
        )
        .fails(.duplicateName),
    ])

  static let eventSelector = JSONSchema.choice("status", "all").byDefault("status")
}
