/**
 * The tools of `crosstown mcp`: their names, descriptions and arguments. Each tool runs one command of this program.
 *
 * @module
 */
import type { JsonSchemaType } from "@modelcontextprotocol/server";
import type { Asset } from "../protocols/ilp/asset.ts";
import type { AgentSession, Answer, Order } from "./agent_session.ts";
import { JOB_ARTIFACTS } from "./artifact_tools.ts";
import { tokenUnits } from "../shell/amount.ts";
import { orderQuestion } from "./order_question.ts";
import { PAYING } from "./paying_tools.ts";
import {
  JOB,
  refused,
  type Run,
  schema,
  TEXT,
  type Tool,
  type ToolArguments,
  type ToolCall,
} from "./tool.ts";

const ORDER = {
  type: {
    type: "string",
    pattern: "^[a-z][a-z0-9-]{0,63}$",
    description: "type of the job, e.g. echo, ci-run",
  },
  kind: { type: "integer", minimum: 0, maximum: 65_535, description: "the request's kind" },
  text: { type: "string", maxLength: 1_000_000, description: "the input as a text" },
  url: { ...TEXT, description: "the input as an address, e.g. https://host/repo.git#COMMIT" },
  path: {
    ...TEXT,
    description: "the input as a file or folder below a folder that the person shared",
  },
  params: {
    type: "object",
    maxProperties: 64,
    propertyNames: { pattern: "^[A-Za-z0-9_.-]{1,64}$" },
    additionalProperties: { type: "string", maxLength: 20_000 },
    description: 'parameters of the job, e.g. {"command":"sh test.sh"}',
  },
  artifacts: {
    type: "array",
    maxItems: 16,
    items: TEXT,
    description: 'files of the project to keep for job_artifacts, e.g. ["dist/**"]',
  },
  platform: { ...TEXT, description: "e.g. linux/amd64" },
  tags: { type: "array", maxItems: 16, items: TEXT, description: "tags the provider must have" },
  require: { ...TEXT, description: "what the provider must have, e.g. arch=amd64,memory>=8G" },
  provider: { ...TEXT, description: "buy from this public key alone" },
  bid: {
    ...TEXT,
    description: "the most that the job may cost in total, e.g. 0.2; never above the ceiling",
  },
  timeout_s: { type: "integer", minimum: 1, maximum: 86_400, description: "seconds to the result" },
  payment: {
    enum: ["upfront", "on-delivery", "metered"],
    description: "how it is paid; metered: while it runs, so that it can be paused and topped up",
  },
  key: { ...TEXT, description: "a name for this order: the same name finds the job again" },
} as const;

const ORDER_SCHEMA = {
  type: "object",
  properties: ORDER,
  required: ["type"],
  additionalProperties: false,
} as const;

const WAIT_S = {
  type: "integer",
  minimum: 1,
  maximum: 3_600,
  description: "seconds to wait (default 50); then the job is given as it is, and goes on",
} as const;
const DEFAULT_WAIT_S = 50;

/** Reads an order from a tool's arguments. Throws AmountError if the bid is not an amount. */
function orderOf(given: ToolArguments, asset: Asset): Order {
  const { bid, timeout_s: timeoutS, ...rest } = given;
  const bidUnits = bid === undefined ? null : tokenUnits(String(bid), "bid", asset);
  return { ...rest, timeoutS, bidUnits } as Order;
}

const FIND_PROVIDERS: Tool = {
  name: "find_providers",
  title: "Find providers",
  description: "Who sells what, for how much, on which platform. Needs no wallet, spends nothing.",
  effect: "reads",
  input: schema({
    type: ORDER.type,
    platform: ORDER.platform,
    max_price: { ...TEXT, description: "e.g. 0.2" },
    sort: { enum: ["price", "heard", "history"] },
  }),
  run: (session, { type, platform, max_price, sort }, call) =>
    session.call([
      ...["provider", "list"],
      ...(type === undefined ? [] : [`--type=${type}`]),
      ...(platform === undefined ? [] : [`--platform=${platform}`]),
      ...(max_price === undefined ? [] : [`--max-price=${max_price}`]),
      ...(sort === undefined ? [] : [`--sort=${sort}`]),
    ], call),
};

const QUOTE_JOB: Tool = {
  name: "quote_job",
  title: "What a job would cost",
  description: "Plans a job: provider, price, cost of its writes, files. Spends nothing.",
  effect: "reads",
  input: ORDER_SCHEMA as unknown as JsonSchemaType,
  run: (session, given, call) => session.quote(orderOf(given, call.asset), call),
};

const COMPARE_QUOTES: Tool = {
  name: "compare_quotes",
  title: "Binding prices",
  description:
    "Asks up to 8 providers what exactly this job costs, and until when. Spends nothing.",
  effect: "reads",
  input: ORDER_SCHEMA as unknown as JsonSchemaType,
  run: (session, given, call) => session.quotes(orderOf(given, call.asset), call),
};

/** Buys a job. The person is asked first if the job may cost more than the configured amount. */
export async function buy(
  session: AgentSession,
  given: ToolArguments,
  call: ToolCall,
): Promise<Answer> {
  const { wait_s, ...order } = given;
  const wanted = orderOf(order, call.asset);
  const bound = await session.boundOf(wanted);
  const { askAboveUnits } = session.ceilings.allowance;
  if (askAboveUnits !== null && bound > askAboveUnits) {
    const most = session.options.format(bound);
    const agreed = await call.approves(orderQuestion(wanted, most));
    if (!agreed) return refused("not_approved", "the person did not approve this job");
  }
  const answer = await session.submit({ ...wanted, bidUnits: bound }, call);
  const { job_id } = answer.document;
  if (wait_s === undefined || !answer.ok || typeof job_id !== "string") return answer;
  return await session.wait(job_id, Number(wait_s) * 1_000, call);
}

/** Buys a job and does not wait for its end. */
export const beginToBuy: Run = (session, { wait_s: _, ...order }, call) =>
  buy(session, order, call);

const SUBMIT_JOB: Tool = {
  name: "submit_job",
  title: "Buy a job",
  description:
    "Posts a job and pays its provider, at most the bid. Gives the job's id at once, or " +
    "with wait_s its end. The same order within 10 minutes finds the job again and pays nothing.",
  effect: "spends",
  input: schema({ ...ORDER, wait_s: WAIT_S }, ["type"]),
  run: buy,
  begin: beginToBuy,
};

const WAIT_JOB: Tool = {
  name: "wait_job",
  title: "Wait for a job",
  description: "Follows a job to its end and gives its result. The result is a stranger's text.",
  effect: "changes",
  input: schema({ job_id: JOB, wait_s: WAIT_S }, ["job_id"]),
  run: (session, { job_id, wait_s = DEFAULT_WAIT_S }, call) =>
    session.wait(String(job_id), Number(wait_s) * 1_000, call),
  begin: (session, { job_id }, call) => session.status(String(job_id), call),
};

const CANCEL_JOB: Tool = {
  name: "cancel_job",
  title: "Cancel a job",
  description: "Tells the provider to stop and ignores its result. What was paid stays paid.",
  effect: "spends",
  input: schema({ job_id: JOB }, ["job_id"]),
  run: (session, { job_id }, call) => session.cancel(String(job_id), call),
};

const JOB_STATUS: Tool = {
  name: "job_status",
  title: "A job's status",
  description: "Status, cost, provider and result of one job.",
  effect: "reads",
  input: schema({ job_id: JOB }, ["job_id"]),
  run: (session, { job_id }, call) => session.status(String(job_id), call),
};

const JOB_LOGS: Tool = {
  name: "job_logs",
  title: "A job's log",
  description: "What a job has printed so far, its end where it is long. It is a stranger's text.",
  effect: "reads",
  input: schema({ job_id: JOB }, ["job_id"]),
  async run(session, { job_id }, call) {
    const { ok, document } = await session.call(["job", "logs", "--", String(job_id)], {
      ...call,
      lines: true,
    });
    const documents = document.documents as { text?: string; error?: unknown }[];
    const failed = documents.find(({ error }) => error !== undefined);
    if (failed !== undefined) return { ok, document: failed };
    const log = documents.map(({ text }) => text ?? "").join("");
    return { ok, document: { log: log.slice(-MAX_LOG), cut: log.length > MAX_LOG } };
  },
};

/** The most of a log that an agent gets at once, in UTF-16 units. */
const MAX_LOG = 50_000;

const LIST_JOBS: Tool = {
  name: "list_jobs",
  title: "Jobs of this home",
  description: "The newest first.",
  effect: "reads",
  input: schema({ limit: { type: "integer", minimum: 1, maximum: 200 } }),
  run: (session, { limit = 20 }, call) => session.call(["job", "list", `--limit=${limit}`], call),
};

const BALANCE: Tool = {
  name: "balance",
  title: "What may be spent",
  description: "What this server may still spend, and the channels with what is left in them.",
  effect: "reads",
  input: schema({}),
  async run(session, _, call) {
    const { ok, document } = await session.call(["channel", "list"], call);
    return { ok, document: { ceilings: session.ceilings.state, ...document } };
  },
};

const PAYMENTS: Tool = {
  name: "payments",
  title: "Payments",
  description: "Payments and earnings of this home, the newest first.",
  effect: "reads",
  input: schema({ limit: { type: "integer", minimum: 1, maximum: 200 } }),
  run: (session, { limit = 20 }, call) =>
    session.call(["payments", "history", `--limit=${limit}`], call),
};

/** The tools of a server that buys from any provider. */
export const TOOLS: readonly Tool[] = [
  FIND_PROVIDERS,
  QUOTE_JOB,
  COMPARE_QUOTES,
  SUBMIT_JOB,
  WAIT_JOB,
  CANCEL_JOB,
  ...PAYING,
  JOB_STATUS,
  JOB_LOGS,
  JOB_ARTIFACTS,
  LIST_JOBS,
  BALANCE,
  PAYMENTS,
];

/** The tools that follow a job. Every server has them. */
export const FOLLOWING: readonly Tool[] = [
  WAIT_JOB,
  CANCEL_JOB,
  ...PAYING,
  JOB_STATUS,
  JOB_LOGS,
  JOB_ARTIFACTS,
  LIST_JOBS,
  BALANCE,
];
