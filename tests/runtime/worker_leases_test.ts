import assert from "node:assert/strict";
import { Heartbeat } from "../../runtime/heartbeat.ts";
import { workerPermissions } from "../../runtime/permissions.ts";
import { WorkerLeases } from "../../runtime/worker_leases.ts";
import type { FromWorker, ToWorker } from "../../runtime/worker_messages.ts";

/** A worker that says only what the test has it say. */
class SilentWorker {
  onmessage: (event: { data: FromWorker }) => void = () => undefined;
  onerror: (event: { message: string; preventDefault(): void }) => void = () => undefined;
  readonly told: string[] = [];
  terminated = false;
  postMessage(message: ToWorker): void {
    this.told.push("unit" in message ? `${message.type} ${message.unit}` : message.type);
  }
  say(message: FromWorker): void {
    this.onmessage({ data: message });
  }
  terminate(): void {
    this.terminated = true;
  }
}

/** Two pipelines that share a worker. */
function shared() {
  const worker = new SilentWorker();
  const leases = new WorkerLeases({
    spawn: () => worker as unknown as Worker,
    heartbeat: new Heartbeat({ pingMs: 1e9, deadMs: 1e9, startMs: 1e9 }, () => 0, () => undefined),
    nowMs: () => 0,
    groupOf: (stage) => stage,
  });
  const take = (unit: string) => {
    const lease = leases.take({
      units: [unit],
      stages: ["skill-sink"],
      permissions: workerPermissions({}),
      shared: true,
      onMessage: () => undefined,
      onDeath: () => undefined,
    });
    lease.ready();
    return lease;
  };
  return { worker, first: take("first"), second: take("second") };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("WorkerLeases stops a shared worker once it has closed what its other holder ended at the same time", async () => {
  const { worker, first, second } = shared();
  const ended = Promise.all([first.stop(), second.stop()]);
  await turn();
  assert.deepEqual(worker.told, ["close first"], "it does not stop before it has closed");
  worker.say({ type: "closed", unit: "first" });
  await turn();
  assert.deepEqual(worker.told, ["close first", "stop"]);
  worker.say({ type: "stopped" });
  await ended;
  assert.ok(worker.terminated);
});

Deno.test("WorkerLeases does not wait for a shared worker that dies while it closes a unit", async () => {
  const { worker, first, second } = shared();
  const ended = first.stop();
  assert.deepEqual(worker.told, ["close first"]);
  worker.onerror({ message: "it broke", preventDefault: () => undefined });
  await ended;
  assert.ok(second.dead && worker.terminated);
});
