/**
 * Shows the log of a job while a command waits for it. In JSON and CSV modes the result contains the log, and nothing is shown before.
 *
 * @module
 */
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { Invocation } from "../../shell/command.ts";
import { isEnded, isUnpaid } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import { asksHome, JobLogLines } from "./job_log_lines.ts";

/** The live log of one job. */
export interface LiveLog {
  /** Receives each change of the job. Showing starts when the job is paid. */
  see(row: JobRow): void;
  /** Called when the job has ended. Waits up to 5 s for the rest of the provider's log. The home may be closed afterwards. */
  settle(): Promise<void>;
  /** Shows the part of the result's log that is missing. Returns whether the log was shown. */
  end(
    result:
      | { readonly log?: string; readonly log_bytes?: number; readonly content?: string }
      | null,
  ): Promise<boolean>;
}

/** Showing starts after this delay, in milliseconds. A shorter run has its whole log in the result. */
const BEGIN_MS = 400;
const SETTLE_MS = 5_000;

/** Makes the live log; null in output modes that show nothing before the result. */
export function liveLog(
  { output, signal }: Pick<Invocation, "output" | "signal">,
  home: Pick<HomeClient, "jobLog">,
  jobId: string,
): LiveLog | null {
  if (output.mode !== "text") return null;
  const lines = new JobLogLines(output);
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let showing: Promise<void> | null = null;
  let settled = false;
  const begin = () => {
    showing = lines.show(asksHome(home, jobId), { follow: true, signal: until })
      // If the live log fails, the result still has the log.
      .catch(() => undefined);
  };
  const live: LiveLog = {
    see({ status, amountUnits }) {
      const runs = !isUnpaid(status) || amountUnits === 0n && status === "posted";
      if (settled || isEnded(status) || !runs) return;
      timer ??= setTimeout(begin, BEGIN_MS);
    },
    async settle() {
      settled = true;
      clearTimeout(timer);
      if (showing === null) return;
      const late = setTimeout(() => stop.abort(), SETTLE_MS);
      const given = new Promise<void>((resolve) => {
        if (until.aborted) resolve();
        until.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([showing, given]);
      clearTimeout(late);
      stop.abort();
    },
    async end(result) {
      await live.settle();
      if (lines.shownBytes === 0) return false;
      if (result?.content !== undefined) await lines.content(result.content);
      else if (!lines.whole && result?.log !== undefined) {
        await lines.rest(
          result.log,
          result.log_bytes ?? new TextEncoder().encode(result.log).length,
        );
      }
      await lines.end();
      return true;
    },
  };
  return live;
}
