/**
 * The tools that change what is paid for a job that exists. Each is refused above the ceilings, and a person is asked as for a new job.
 *
 * @module
 */
import { tokenUnits } from "../shell/amount.ts";
import type { AgentSession, Answer } from "./agent_session.ts";
import { JOB, refused, schema, TEXT, type Tool, type ToolCall } from "./tool.ts";

/** Runs a command that pays more for a job. The person is asked first if the job may then cost more than the configured amount. */
async function payMore(
  session: AgentSession,
  command: readonly string[],
  jobId: unknown,
  question: (id: string, most: string) => string,
  call: ToolCall,
): Promise<Answer> {
  const cost = await session.costOf(command, String(jobId), call);
  if ("refused" in cost) return cost.refused;
  const { askAboveUnits } = session.ceilings.allowance;
  // What is reserved for the job was agreed to when it was bought.
  const agreedUnits = session.ceilings.reservedFor(cost.jobId) ?? 0n;
  if (askAboveUnits !== null && cost.mostUnits > askAboveUnits && cost.mostUnits > agreedUnits) {
    const agreed = await call.approves(
      question(cost.jobId, session.options.format(cost.mostUnits)),
    );
    if (!agreed) return refused("not_approved", "the person did not approve this payment");
  }
  return await session.payMore(command, cost, call);
}

const PAUSE_JOB: Tool = {
  name: "pause_job",
  title: "Pause a metered job",
  description:
    "Its processes stand still and nothing is paid, for at most 10 minutes; then its provider ends it.",
  effect: "changes",
  input: schema({ job_id: JOB }, ["job_id"]),
  run: (session, { job_id }, call) => session.call(["job", "pause", "--", String(job_id)], call),
};

const RESUME_JOB: Tool = {
  name: "resume_job",
  title: "Let a paused job go on",
  description: "It is paid again while it runs, at most as much as before its pause.",
  effect: "spends",
  input: schema({ job_id: JOB }, ["job_id"]),
  run: (session, { job_id }, call) =>
    payMore(
      session,
      ["job", "resume"],
      job_id,
      (id, most) => `Let job ${id} go on for at most ${most} in total?`,
      call,
    ),
};

const TOP_UP_JOB: Tool = {
  name: "top_up_job",
  title: "Raise a metered job's bid",
  description: "Lets a job that is paid while it runs cost more in total, so that it runs longer.",
  effect: "spends",
  input: schema({
    job_id: JOB,
    bid: { ...TEXT, description: "the most that the job may cost in total, e.g. 0.2" },
  }, ["job_id", "bid"]),
  run(session, { job_id, bid }, call) {
    const bidUnits = tokenUnits(String(bid), "bid", call.asset);
    return payMore(
      session,
      ["job", "top-up", `--bid=${bidUnits}units`],
      job_id,
      (id, most) => `Raise what job ${id} may cost to ${most} in total?`,
      call,
    );
  },
};

const PAY_JOB: Tool = {
  name: "pay_job",
  title: "Buy the key to a late result",
  description: "Pays for the key to a sealed result that came when its job had ended.",
  effect: "spends",
  input: schema({ job_id: JOB }, ["job_id"]),
  run: (session, { job_id }, call) =>
    payMore(
      session,
      ["job", "pay"],
      job_id,
      (id, most) => `Buy the key to the result of job ${id}, which then costs ${most} in total?`,
      call,
    ),
};

/** Pauses, resumes, tops up and pays for jobs. */
export const PAYING: readonly Tool[] = [PAUSE_JOB, RESUME_JOB, TOP_UP_JOB, PAY_JOB];
