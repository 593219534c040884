/**
 * `ci-status`: makes a check run for code hosts, and an exit code for scripts, from a job's result.
 *
 * @see https://docs.github.com/en/rest/checks/runs
 * @module
 */
import { FEEDBACK_KIND } from "../../../protocols/nostr/kinds.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import type { BuiltinSkill } from "../../skill.ts";
import { callbackSkill } from "./callback_skill.ts";
import { resultText } from "./result_text.ts";

/** Writes `check-run.json` and `exit-code`. */
export function ciStatus(artifacts: string | null): BuiltinSkill {
  return callbackSkill(
    "ci-status",
    "Makes a check run and an exit code of a job's result",
    artifacts,
    async ({ event, jobId }) => {
      const run = await checkRun(event, jobId);
      if (run === null) return [];
      const encoder = new TextEncoder();
      return [
        {
          name: "check-run.json",
          bytes: encoder.encode(`${JSON.stringify(run.check, null, 2)}\n`),
        },
        { name: "exit-code", bytes: encoder.encode(`${run.exitCode}\n`) },
      ];
    },
  );
}

/** The most characters of a check run's text. */
const TEXT_CHARACTERS = 60_000;

/** The check run of a result, or of feedback with the status `error`. Null for other feedback. */
async function checkRun(event: NostrEvent, jobId: string) {
  const isFeedback = event.kind === FEEDBACK_KIND;
  const status = event.tags.find(([name]) => name === "status");
  if (isFeedback && status?.[1] !== "error") return null;
  const { document, log } = await resultText(event.content);
  const told = Number(document?.exit_code ?? 0);
  const exitCode = isFeedback ? 1 : Number.isInteger(told) && told >= 0 && told < 256 ? told : 1;
  const conclusion = document?.stopped_by === "timeout"
    ? "timed_out"
    : exitCode === 0
    ? "success"
    : "failure";
  const { passed, total } = (document?.tests ?? {}) as Record<string, unknown>;
  const tests = typeof total === "number" ? `, ${Number(passed)}/${total} tests passed` : "";
  const words = isFeedback ? `refused: ${(status?.[2] ?? event.content).slice(0, 200)}` : "";
  return {
    exitCode,
    check: {
      name: "crosstown",
      ...(typeof document?.commit === "string" && { head_sha: document.commit }),
      external_id: jobId,
      status: "completed",
      conclusion,
      completed_at: new Date(event.created_at * 1000).toISOString(),
      output: {
        title: words || `exit ${exitCode}${tests}`,
        summary: `Job ${jobId}, event ${event.id}, by ${event.pubkey}`,
        text: log.slice(-TEXT_CHARACTERS),
      },
    },
  };
}
