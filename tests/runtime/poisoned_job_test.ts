/** A provider's pipeline in which one paid job kills the worker: real stages, workers and store. */
import assert from "node:assert/strict";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { Store } from "../../store/store.ts";
import { buyerRow, NOW_S, PROVIDER, request } from "../market/market.ts";
import { surroundings } from "../stages/surroundings.ts";
import { localHandle, productSupervisor } from "./product_supervised.ts";

const METHODS: (keyof Store)[] = [
  "commit",
  "getJob",
  "getJobByEvent",
  "freeJobId",
  "readTogether",
  "quoteOf",
  "meterOf",
  "runnableJobs",
  "seen",
];

function jobFor(content: string, createdAtMs: number) {
  const asked = request(5600, [], { content });
  return buyerRow(asked, {
    role: "provider",
    createdAtMs,
    timeoutS: 600,
    request: new TextEncoder().encode(JSON.stringify(asked)),
  });
}

Deno.test("a job that kills its worker twice ends as poison with feedback, and good jobs beside it run once", async () => {
  await using at = await surroundings(NOW_S * 1000);
  const deadly = jobFor("deadly", Date.now());
  const good = [1, 2, 3].map((n) => jobFor(`good ${n}`, Date.now() + n));
  await at.store.commit([deadly, ...good].map((row) => ({ op: "putJob", row })));
  const supervisor = productSupervisor();
  const pipeline = await supervisor.pipeline({
    name: "accepted",
    stages: [
      { stage: "accepted-source", options: { concurrency: 2 } },
      { stage: "kind-extractor", options: {} },
      { stage: "event-verifier", options: {} },
      { stage: "correlator", options: { role: "provider", pubkey: PROVIDER } },
      {
        stage: "skill-sink",
        options: {
          concurrency: 2,
          relay: { destination: "test.relay", terminalPubkey: "a".repeat(64) },
          permissions: {},
        },
      },
    ],
    services: {
      store: localHandle("store", at.store, METHODS),
      offers: null,
      judge: { local: "judge", options: { rules: null } },
      skills: { local: "deadly-skills", options: { pubkey: PROVIDER }, needs: ["store"] },
    },
    quarantine: "store",
  });
  await pipeline.ready;
  for (const row of [deadly, ...good]) {
    let now = await at.store.getJob(row.jobId, "provider");
    while (now!.status !== "error" && now!.status !== "success") {
      now = await at.store.watchJob(row.jobId, "provider", now!.updatedAtMs, 1_000);
    }
  }
  await pipeline.drain(120_000);
  await supervisor.stop();
  const ended = await at.store.getJob(deadly.jobId, "provider");
  assert.deepEqual([ended!.status, ended!.errorCode, ended!.attempt], ["error", "poison", 2]);
  const events = (await at.store.pendingOutbox(0, 100, 0)).map(({ event, jobId }) => {
    const { kind, tags } = JSON.parse(new TextDecoder().decode(event)) as UnsignedEvent;
    const said = tags.find(([name]) => name === "status")?.[1] ?? "";
    return `${[deadly, ...good].findIndex((row) => row.jobId === jobId)} ${kind} ${said}`.trim();
  });
  assert.deepEqual(events.toSorted(), [
    "0 7000 error",
    ...[1, 2, 3].map((n) => `${n} 6600`),
  ]);
  assert.equal((await at.store.totals()).quarantined, 1);
  assert.deepEqual(await at.store.runnableJobs([], 10, 0), []);
  // The quarantine has the name of the stage that gave the document, and the fields that it knew.
  await at.store.commit([{ op: "retryQuarantined", quarantineId: 1, retry: true }]);
  const [kept] = await at.store.markedDocuments("accepted-source");
  assert.deepEqual(kept.known, { job_id: deadly.jobId, accepted: "yes" });
  assert.deepEqual(kept.bytes, deadly.request);
});
