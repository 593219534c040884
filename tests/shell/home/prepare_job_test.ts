/** Preparing a home for a job: it never delays or fails the command, whatever is behind the home's socket. */
import assert from "node:assert/strict";
import { ControlError } from "../../../base/control_error.ts";
import type { ControlClient } from "../../../home/control/control_client.ts";
import { prepareJob } from "../../../shell/home/prepare_job.ts";

/** A connection with this answer, and what was asked and closed. */
function connection(answer: (signal: AbortSignal) => Promise<unknown>) {
  const seen: string[] = [];
  const client: ControlClient = {
    call(method, _params, { signal } = {}) {
      seen.push(method);
      return answer(signal!);
    },
    close: () => void seen.push("closed"),
  };
  return { seen, connect: () => Promise.resolve(client) };
}

Deno.test("prepareJob() asks the process that serves the home, and closes its connection with the answer", async () => {
  const { seen, connect } = connection(() => Promise.resolve(null));
  await using _preparing = prepareJob("socket", connect);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(seen, ["prepareJob", "closed"]);
});

Deno.test("prepareJob() ends at once although that process does not answer", async () => {
  const { seen, connect } = connection((signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  );
  {
    await using _preparing = prepareJob("socket", connect);
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(seen, ["prepareJob"]);
  }
  assert.deepEqual(seen, ["prepareJob", "closed"]);
});

Deno.test("prepareJob() says nothing of a process that does not know it, or of a socket that cannot be used", async () => {
  const refusal = new ControlError("no_method", "the daemon has no method prepareJob");
  const { seen, connect } = connection(() => Promise.reject(refusal));
  {
    await using _earlier = prepareJob("socket", connect);
  }
  assert.deepEqual(seen, ["prepareJob", "closed"]);
  await using _broken = prepareJob("socket", () => Promise.reject(new Error("no permission")));
  await using _nobody = prepareJob("socket", () => Promise.resolve(null));
});
