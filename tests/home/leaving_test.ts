import assert from "node:assert/strict";
import { leaveNetwork } from "../../home/leaving.ts";

Deno.test("leaveNetwork() does not wait for a withdrawal that nobody can accept", async () => {
  const waits: (number | undefined)[] = [];
  for (const isAway of [true, false]) {
    await leaveNetwork({
      withdraw: (waitMs) => Promise.resolve(waits.push(waitMs) > 1),
      isAway,
      inbound: [],
      outbound: { drain: () => Promise.resolve() },
      log: () => {},
    }, 5_000);
  }
  assert.deepEqual(waits, [0, undefined]);
});

for (const withdrawn of [true, false]) {
  Deno.test(`leaveNetwork() ${withdrawn ? "lets" : "does not wait until"} what is to be sent ${withdrawn ? "go out" : "goes out where the network is away"}`, async () => {
    const drained: string[] = [];
    const lines: string[] = [];
    const part = (name: string) => ({
      drain(deadlineMs?: number) {
        drained.push(`${name} ${deadlineMs}`);
        // As a pipeline that was aborted, or a worker that died.
        return name === "accepted" ? Promise.reject(new Error("aborted")) : Promise.resolve();
      },
    });
    await leaveNetwork({
      withdraw: () => Promise.resolve(withdrawn),
      isAway: false,
      inbound: [part("requests"), part("accepted")],
      outbound: part("outbound"),
      log: (level, msg) => lines.push(`${level} ${msg}`),
    }, 5_000);
    assert.deepEqual(drained, [
      "requests 5000",
      "accepted 5000",
      `outbound ${withdrawn ? 5_000 : 0}`,
    ]);
    assert.deepEqual(
      lines,
      withdrawn ? [] : ["warn the announcement could not be withdrawn in time"],
    );
  });
}
