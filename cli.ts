/**
 * The command `crosstown`: arguments, standard streams and signals of this process, given to `commands/main.ts`.
 *
 * @module
 */
import { describeFailure, Interrupted, printFailure } from "./shell/errors.ts";
import { glance } from "./shell/globals.ts";
import { isOnTerminal } from "./shell/hang_up.ts";
import { processIo } from "./shell/io.ts";
import { main } from "./commands/main.ts";
import { lightTimers } from "./runtime/light_timers.ts";
import { Output } from "./shell/output.ts";

/** A second signal within this time, in milliseconds, has the same cause as the first one. */
const SAME_KEY_MS = 250;

if (import.meta.main) {
  // These keep no program alive. The handlers of signals do.
  Object.assign(globalThis, lightTimers());
  const stop = new AbortController();
  const io = processIo(() => stop.abort(new Interrupted("SIGHUP")));
  let stoppedMs = -Infinity;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      const reason = new Interrupted(name);
      // One Ctrl-C arrives twice: from the terminal, which signals every process of the group, and from `deno task`, which passes it on.
      if (performance.now() - stoppedMs < SAME_KEY_MS) return;
      stoppedMs = performance.now();
      // A second Ctrl-C ends the process at once, without draining or cleaning up.
      if (stop.signal.aborted) Deno.exit(reason.exitCode);
      stop.abort(reason);
    });
  }
  // SIGHUP, which a terminal sends when it is closed, sometimes twice, ends the program in order. nohup makes the system ignore SIGHUP. Then
  // no standard stream is a terminal, and the signal stays ignored.
  if (isOnTerminal()) {
    Deno.addSignalListener("SIGHUP", () => stop.abort(new Interrupted("SIGHUP")));
  }
  const unforeseen = async (error: unknown) => {
    const failure = describeFailure(error);
    await printFailure(new Output(io, glance(Deno.args).print), failure);
    Deno.exit(failure.exitCode);
  };
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    void unforeseen(event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    void unforeseen(event.error ?? new Error(event.message));
  });
  Deno.exit(await main(Deno.args, io, stop.signal));
}
