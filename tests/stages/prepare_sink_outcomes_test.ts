import assert from "node:assert/strict";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { PrepareSinkOptions } from "../../stages/prepare_sink_services.ts";
import { job, outgoing } from "../store/store_rows.ts";
import { patch, pending, surroundings } from "./surroundings.ts";
import {
  BUYER,
  buyerJob,
  fulfilled,
  PAID,
  refused,
  requestAndPayment,
  rig,
  unknown,
} from "./prepare_sink_rig.ts";

/** One document with each possible outcome. */
const OUTCOMES: readonly {
  readonly name: string;
  readonly outcome?: PacketOutcome;
  readonly shows?: "hidden" | "unreadable";
  readonly wire?: PrepareSinkOptions["wire"];
  readonly expected: readonly [settlement: string, detail: string];
  readonly status: JobRow["status"];
  readonly stays: boolean;
  readonly units: bigint;
}[] = [
  {
    name: "fulfilled and shown",
    expected: ["done", "confirmed"],
    status: "posted",
    stays: false,
    units: 100n,
  },
  {
    name: "fulfilled by the relay itself, which cannot be read now",
    shows: "unreadable",
    expected: ["done", "fulfilled"],
    status: "posted",
    stays: false,
    units: 100n,
  },
  {
    name: "fulfilled by the relay itself, which hides it",
    shows: "hidden",
    expected: ["failed", "not_read_back"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
  {
    name: "fulfilled by whatever hop, while the relay cannot be read",
    shows: "unreadable",
    wire: "crosstown",
    expected: ["failed", "not_read_back"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
  {
    name: "fulfilled by whatever hop, and hidden",
    shows: "hidden",
    wire: "crosstown",
    expected: ["failed", "not_read_back"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
  {
    name: "refused by a peer",
    outcome: refused("F02"),
    expected: ["refused", "F02"],
    status: "refused",
    stays: false,
    units: 0n,
  },
  {
    name: "unknown",
    outcome: unknown,
    expected: ["failed", "unknown"],
    status: "unknown",
    stays: true,
    units: 0n,
  },
];

for (const each of OUTCOMES) {
  Deno.test(`prepareSink() a request's write ${each.name}: ${each.expected.join(" ")}, job ${each.status}`, async () => {
    await using at = await surroundings();
    const { writer } = await rig(at, {
      options: { ...PAID, wire: each.wire ?? "interledger" },
      pay: ({ amount }) => Promise.resolve(each.outcome ?? fulfilled(amount)),
      shows: () => each.shows ?? "shown",
    });
    const [write] = await requestAndPayment(at);
    await writer.write([write]);
    const [settlement] = await at.untilSettled(1);
    assert.deepEqual([settlement.outcome, settlement.detail], each.expected);
    const row = await buyerJob(at);
    assert.equal(row!.status, each.status);
    assert.equal(row!.writeUnits, each.units);
    assert.equal((await pending(at.store)).includes(Number(write.known.outbox_id)), each.stays);
    await writer.close();
  });
}

Deno.test("prepareSink() names the peer that refused a payment without a message", async () => {
  await using at = await surroundings();
  const request = new TextEncoder().encode('{"kind":5600,"created_at":1,"tags":[],"content":""}');
  const row = job({ ...BUYER, provider: "a".repeat(64), status: "posted", request });
  const { writer } = await rig(at, {
    pay: ({ obligation, amount }) =>
      Promise.resolve(
        obligation.startsWith("job:")
          ? { ...refused("F05"), message: " ", triggeredBy: "test.far" } as PacketOutcome
          : fulfilled(amount),
      ),
  });
  await writer.write(await requestAndPayment(at, row));
  await at.untilSettled(2);
  await writer.close();
  const now = (await buyerJob(at))!;
  assert.deepEqual(
    [now.errorCode, now.errorMessage],
    ["F05", "test.far refused the packet and gave no reason"],
  );
});

for (const order of ["before", "after"] as const) {
  Deno.test(`a job says what it cost where the answer comes right ${order} its payments were given up`, async () => {
    await using at = await surroundings(BUYER.createdAtMs + 299_000);
    const row = { ...BUYER, status: "posted" } as const;
    await at.store.commit([{ op: "putJob", row }]);
    const about = { jobId: row.jobId, provider: null, kind: null, bytes: null };
    const packets = [["write", 100n], ["job", 8_750n]].map(([purpose, amount], nonce) =>
      outgoing({
        nonce: nonce + 1,
        amount: amount as bigint,
        cumulative: 10_000n,
        obligation: `${purpose}:${row.eventId}`,
        about,
      })
    );
    const answer = async () => {
      for (const packet of packets.splice(0)) {
        const closed = { ...packet, state: "fulfilled", answer: new Uint8Array([3]) } as const;
        await at.store.commit([{ op: "putOutgoing", row: closed, expect: "open" }]);
      }
    };
    // After the deadline nobody waits for an answer, whatever is signed.
    const { writer } = await rig(at, {
      pay: async () => {
        at.nowMs = BUYER.createdAtMs + 301_000;
        if (order === "before") await answer();
        return unknown;
      },
    });
    for (const packet of packets) {
      await at.store.commit([{ op: "putOutgoing", row: packet, expect: "absent" }]);
    }
    const [write, pay] = await requestAndPayment(at, row);
    await writer.write([write]);
    await at.untilSettled(1);
    await writer.write([pay]);
    await at.untilSettled(2);
    await writer.close();
    assert.deepEqual(await pending(at.store), []);
    await patch(at.store, row, { status: "timeout", updatedAtMs: BUYER.createdAtMs + 302_000 });
    if (order === "after") await answer();
    const told = (await buyerJob(at))!;
    assert.deepEqual([told.status, told.jobPaid, told.writeUnits], ["timeout", true, 100n]);
    assert.ok(told.updatedAtMs < BUYER.createdAtMs + 303_000, "it took no longer for that");
  });
}

Deno.test("prepareSink() gives up an unknown write at the job's deadline, and counts what it cost once", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const { writer } = await rig(at, {
    options: { ...PAID, wire: "crosstown" },
    pay: ({ amount }) => Promise.resolve(fulfilled(amount)),
    shows: () => "hidden",
  });
  await writer.write([write]);
  await at.untilSettled(1);
  at.nowMs += BUYER.timeoutS * 1000;
  await writer.write([{ ...write, seq: 2 }]);
  const [, last] = await at.untilSettled(2);
  assert.deepEqual(last, { seq: 2, outcome: "refused", detail: "not_read_back" });
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.writeUnits], ["unknown", 100n]);
  assert.match(row!.errorMessage!, /was paid for but the relay does not show it/);
  await writer.close();
});
