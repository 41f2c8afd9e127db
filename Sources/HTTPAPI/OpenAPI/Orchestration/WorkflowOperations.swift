import HTTPTypes
import Platform
import WireTypes
import Workflows

enum WorkflowOperations {
  private static let base = "/v1/orchestration"
  private static let bad = "The request is not as it should be."
  private static let unknown = "There is no such workflow."
  private static let changed = ["invalidParam", "invalidPayload", "invalidUuid", "nodesNotFound"]
  private static let page = JSONSchema.integer(from: 1, to: 1000).byDefault(50)
  private static let offset = JSONSchema.integer(from: 0, to: Int64(Limits.workListMax)).byDefault(0)

  static let all: [APIOperation] = [
    APIOperation(.post, "\(base)/workflows", "createWorkflow", "Makes a workflow: a play or a tool.")
      .takes(.ref("NewWorkflow"))
      .answers(200, "It is made, and on disk.", .object(["workflow": .ref("OrchestrationWorkflow")]))
      .refuses(400, bad, ["invalidParam", "invalidPayload", "invalidUuid"])
      .refuses(404, "There is no such segment.", ["segmentNotFound"]),
    APIOperation(.get, "\(base)/workflows/list", "listWorkflows", "Workflows, the newest first.")
      .query("limit", page, "Workflows of a page.")
      .query("offset", offset, "How many to pass over.")
      .answers(200, "A page.", .object(["workflows": .list(.ref("OrchestrationWorkflow"))]))
      .refuses(400, bad, ["invalidParam", "invalidPayload"]),
    APIOperation(.get, "\(base)/workflows/{uuid}", "getWorkflow", "A workflow with its newest release.")
      .answers(200, "As it is now.", .object(["workflow": .ref("OrchestrationWorkflow")])),
    APIOperation(.put, "\(base)/workflows/{uuid}", "updateWorkflow", "Changes what the body names.")
      .details("Null makes a member what it is in a new workflow.")
      .takes(WorkflowSchemas.change)
      .answers(200, "As it is now.", .object(["workflow": .ref("OrchestrationWorkflow")]))
      .refuses(400, bad, ["invalidParam", "invalidPayload", "invalidUuid"])
      .refuses(404, "There is no such workflow or segment.", ["workflowNotFound", "segmentNotFound"])
      .refuses(409, "Its history is full.", ["conflict"]),
    APIOperation(.get, "\(base)/releases/list", "listReleases", "Releases, the newest first.")
      .query("workflowUuid", .uuid, "Only of this workflow.")
      .query("limit", page, "Releases of a page.")
      .query("offset", offset, "How many to pass over.")
      .answers(200, "A page.", .object(["releases": .list(.ref("OrchestrationRelease"))]))
      .refuses(400, bad, ["invalidParam", "invalidPayload", "invalidUuid"])
      .refuses(404, unknown, ["workflowNotFound"]),
    APIOperation(.get, "\(base)/releases/getDraft", "getDraftRelease", "What would be deployed next.")
      .query("workflowUuid", .uuid, "Of this workflow.", required: true)
      .answers(200, "The draft.", .object(["release": .ref("OrchestrationDraft")]))
      .refuses(400, bad, ["invalidParam", "invalidPayload", "invalidUuid"])
      .refuses(404, unknown, ["workflowNotFound"]),
    APIOperation(.put, "\(base)/releases/updateDraft", "updateDraftRelease", "Other nodes for the draft.")
      .takes(.ref("NewDraftRelease"))
      .answers(200, "The draft.", .object(["release": .ref("OrchestrationDraft")]))
      .refuses(400, bad, changed)
      .refuses(404, unknown, ["workflowNotFound"])
      .refuses(409, "Its history is full.", ["conflict"]),
    APIOperation(.post, "\(base)/releases/deployDraft", "deployDraftRelease", "Freezes the draft.")
      .details("What is deployed never changes: batches and runs of the workflow take it from now on.")
      .takes(.ref("NewRelease"))
      .answers(200, "The release.", .object(["release": .ref("OrchestrationRelease")]))
      .refuses(400, bad, changed + GraphReason.allCases.map(\.rawValue).filter { !changed.contains($0) })
      .refuses(404, unknown, ["workflowNotFound"])
      .refuses(409, "The version is taken, or its history is full.", ["conflict"]),
    APIOperation(.get, "\(base)/releases/{uuid}", "getRelease", "A release as it was deployed.")
      .answers(200, "The release.", .object(["release": .ref("OrchestrationRelease")])),
  ]
}
