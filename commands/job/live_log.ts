/**
 * The log of a job that somebody waits for, shown while it runs. In JSON and CSV the result has the log, and nothing is shown before.
 *
 * @module
 */
import type { HomeClient } from "../../shell/home/home_client.ts";
import type { Invocation } from "../../shell/command.ts";
import { isEnded, isUnpaid } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import { asksHome, JobLogLines } from "./job_log_lines.ts";

/** A job's log while it is waited for. */
export interface LiveLog {
  /** Told each change of the job: what is paid may run. */
  see(row: JobRow): void;
  /** The job is over: what its provider still has of the log is shown, if it comes within 5 s. The home may be closed then. */
  settle(): Promise<void>;
  /** Shows what is missing of it from the result; whether the log was shown. */
  end(
    result:
      | { readonly log?: string; readonly log_bytes?: number; readonly content?: string }
      | null,
  ): Promise<boolean>;
}

/** A run that is over by then has its log in the result. */
const BEGIN_MS = 400;
const SETTLE_MS = 5_000;

/** Null where nothing is shown before the result. */
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
      // The result has the log too.
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
