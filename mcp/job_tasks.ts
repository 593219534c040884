/**
 * Jobs as Tasks, the extension `io.modelcontextprotocol/tasks` of MCP's revision 2026-07-28. A task is a job: its id is the job's id, and its
 * state is read from the home's store. So a client that reconnects, or another server of the same home, finds it again.
 *
 * The revision 2025-11-25 had another form of tasks, which the SDK no longer serves. Clients of that revision use `wait_job`.
 *
 * @see https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/2026-07-28/tasks.md
 * @module
 */
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  fromJsonSchema,
  type McpServer,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { isEnded, isJobStatus, type JobStatus } from "../protocols/job_status.ts";
import { describeFailure } from "../shell/errors.ts";
import type { AgentSession, Answer } from "./agent_session.ts";
import { toResult } from "./tool_result.ts";

/** The extension, as a server and a client name it in their capabilities. */
export const TASKS = "io.modelcontextprotocol/tasks";

/** The state of a task. Also the result of a tool that began one. */
interface Task {
  readonly taskId: string;
  readonly status: "working" | "completed" | "cancelled";
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: null;
  readonly pollIntervalMs: number;
}

/** A job's document, as far as a task needs it. */
interface JobState {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly elapsed_ms: number;
  readonly paid_units: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const POLL_MS = 2_000;
const TASK_ID = /^job-[0-9a-f]{7,64}$/;

/** Whether the client of this request accepts a task as the result of a tool. */
export function acceptsTasks({ mcpReq }: Pick<ServerContext, "mcpReq">): boolean {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  return capabilities?.extensions?.[TASKS] !== undefined;
}

/**
 * The result that hands out a task for this job. Null if the answer is no running job: it is then the tool's own result. The job is in the
 * store, so that `tasks/get` finds it from now on.
 */
export function taskResult(session: AgentSession, { document }: Answer) {
  const job = jobOf(document);
  if (job === null || isEnded(job.status)) return null;
  session.follow(job.job_id);
  return { resultType: "task", ...taskOf(session, job) };
}

/** Registers the requests of the extension. */
export function registerTasks({ server }: McpServer, session: AgentSession): void {
  const find = async (taskId: string, context: ServerContext) => {
    if (!acceptsTasks(context)) {
      const requiredCapabilities = { extensions: { [TASKS]: {} } };
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities });
    }
    if (TASK_ID.test(taskId)) {
      const { document } = await session.status(taskId, { signal: context.mcpReq.signal });
      const job = jobOf(document);
      if (job?.job_id === taskId) return job;
    }
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, "there is no such task");
  };
  const params = fromJsonSchema<{ readonly taskId: string }>({
    type: "object",
    properties: { taskId: { type: "string" } },
    required: ["taskId"],
  });
  server.setRequestHandler("tasks/get", { params }, async ({ taskId }, context) => {
    const task = taskOf(session, await find(taskId, context));
    if (task.status === "working") session.follow(taskId);
    if (task.status !== "completed") return { ...task };
    const { signal } = context.mcpReq;
    return { ...task, result: toResult(await session.result(taskId, { signal })) };
  });
  // No task asks its client for anything, so there is nothing that an update could answer.
  server.setRequestHandler("tasks/update", { params }, async ({ taskId }, context) => {
    await find(taskId, context);
    return {};
  });
  server.setRequestHandler("tasks/cancel", { params }, async ({ taskId }, context) => {
    const job = await find(taskId, context);
    if (!isEnded(job.status)) await cancel(session, taskId, context);
    return {};
  });
}

async function cancel(session: AgentSession, jobId: string, { mcpReq }: ServerContext) {
  const { ok, document } = await session.cancel(jobId, { signal: mcpReq.signal }).catch((error) => {
    const { message, suggestion } = describeFailure(error);
    throw new ProtocolError(ProtocolErrorCode.InternalError, `${message}; ${suggestion}`);
  });
  const { code, message } = (document.error ?? {}) as Record<string, string>;
  // The job may have ended in the meantime.
  if (ok || code === "job_over") return;
  throw new ProtocolError(ProtocolErrorCode.InternalError, message);
}

/** The job that a document is about. Null if it is about none, or about one that this home provides. */
function jobOf(document: Answer["document"]): JobState | null {
  const { job_id, status, role, created_at } = document;
  if (typeof job_id !== "string" || typeof created_at !== "string") return null;
  return role === "buyer" && isJobStatus(String(status)) ? document as unknown as JobState : null;
}

/** Progress is in the message. It has no words of a provider. */
function taskOf(session: AgentSession, job: JobState): Task {
  const seconds = Math.floor(job.elapsed_ms / 1_000);
  const paid = session.options.format(BigInt(job.paid_units));
  return {
    taskId: job.job_id,
    status: job.status === "cancelled"
      ? "cancelled"
      : isEnded(job.status)
      ? "completed"
      : "working",
    statusMessage: `${job.status} after ${seconds} s, ${paid} paid`,
    createdAt: job.created_at,
    lastUpdatedAt: job.updated_at,
    ttlMs: null,
    pollIntervalMs: POLL_MS,
  };
}
