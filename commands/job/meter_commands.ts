/**
 * The commands for a job that is not paid at once: for its key after its end, or while it runs.
 *
 * @module
 */
import type { ArgSpec, CommandSpec } from "../../shell/command.ts";

/** `crosstown job pay|pause|resume|top-up`. `id` is their argument. */
export function meterCommands(id: ArgSpec): readonly CommandSpec[] {
  return [
    {
      name: "pay",
      summary:
        "pay the quote of a job, or the key to a sealed result that came when its job had ended",
      description:
        "A job that was sent to a provider without a payment may get a quote on the relay ('job status' shows it). It is paid exactly,\n" +
        "once, while it is valid.\n" +
        "A job that is paid on delivery buys its key by itself until its time limit, and never later.\n" +
        "Until the key is paid, the provider takes from this home only jobs that are paid upfront.",
      args: [id],
      options: [{
        flags: "--quote <id>",
        summary: "pay only this quote (64 hex digits)",
      }],
      examples: [{ command: "crosstown job pay job-5abc123 --dry-run" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await import("./job_pay.ts")).jobPay(invocation),
    },
    {
      name: "pause",
      summary:
        "pause a job that is paid while it runs: its processes stand still, and nothing is paid",
      description:
        "A job may be paused for 10 minutes, all its pauses together; then its provider ends it.\n" +
        "A pause does not extend the job's time limit.",
      args: [id],
      examples: [{ command: "crosstown job pause job-5abc123" }],
      dryRun: true,
      effect: "changes",
      run: async (invocation) => await (await import("./job_meter.ts")).jobTurn(invocation, true),
    },
    {
      name: "resume",
      summary: "let a paused job go on",
      args: [id],
      examples: [{ command: "crosstown job resume job-5abc123" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await import("./job_meter.ts")).jobTurn(invocation, false),
    },
    {
      name: "top-up",
      summary: "raise the bid of a job that is paid while it runs",
      description: "The limits of the home apply, as for a new job. A bid cannot be lowered.",
      args: [id],
      options: [{
        flags: "--bid <amount>",
        summary: "the most that the job may cost in total: M2M, or with 'units', 'sat', 'msat'",
      }],
      examples: [{ command: "crosstown job top-up job-5abc123 --bid 0.5" }],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await import("./job_meter.ts")).jobTopUp(invocation),
    },
  ];
}
