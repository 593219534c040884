/**
 * The command `crosstown`: arguments, standard streams and signals of this process, given to `commands/main.ts`.
 *
 * @module
 */
import { describeFailure, Interrupted, printFailure } from "./shell/errors.ts";
import { glance } from "./shell/globals.ts";
import { processIo } from "./shell/io.ts";
import { main } from "./commands/main.ts";
import { Output } from "./shell/output.ts";

/** Within it a signal is the one before, come by another way. */
const SAME_KEY_MS = 250;

if (import.meta.main) {
  const stop = new AbortController();
  const io = processIo(() => stop.abort(new Interrupted("SIGHUP")));
  let stoppedMs = -Infinity;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      const reason = new Interrupted(name);
      // A terminal tells the whole group, and `deno task` hands on what it was told: one Ctrl-C comes twice.
      if (performance.now() - stoppedMs < SAME_KEY_MS) return;
      stoppedMs = performance.now();
      // The second one means it: no drain, no clean-up.
      if (stop.signal.aborted) Deno.exit(reason.exitCode);
      stop.abort(reason);
    });
  }
  // A terminal that is closed sends it, at times twice: the end is in order all the same. Under nohup, which makes the system ignore
  // it, no standard stream is a terminal; then it is left to the system.
  if ([Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal())) {
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
