import assert from "node:assert/strict";
import { adviceLines, jobDocument, jobListRow, jobText } from "../../../commands/job/job_report.ts";
import { unsettledWrites } from "../../../commands/job/job_facts.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import type { NostrEvent, UnsignedEvent } from "../../../protocols/nostr/event.ts";
import { eventId } from "../../../protocols/nostr/event_id.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { job, outgoing } from "../../store/store_rows.ts";

const event: NostrEvent = {
  ...{ pubkey: "a".repeat(64), created_at: 1, kind: 7000, tags: [], content: "" },
  ...{ id: "b".repeat(64), sig: "c".repeat(128) },
} as unknown as NostrEvent;

const ROW = { amountUnits: 600n, writeUnits: 50n, jobPaid: true };

for (
  const { role, spent, earned, words, not } of [
    { role: "buyer", spent: 650n, earned: 0n, words: /paid +0\.00065 M2M/, not: /earned/ },
    { role: "provider", spent: 50n, earned: 600n, words: /earned +0\.0006 M2M/, not: /paid/ },
  ] as const
) {
  Deno.test(`a ${role}'s job tells what its home spent apart from what it earned`, () => {
    const row = job({ ...ROW, role });
    const document = jobDocument(row, null, 6_000);
    assert.deepEqual(
      [document.role, document.spent_units, document.paid_units, document.earned_units],
      [role, spent, spent, earned],
    );
    assert.equal(document.paid.write_units + document.paid.job_units, spent);
    const listed = jobListRow(row, 0n, "dev");
    assert.deepEqual(
      [listed.role, listed.spent_units, listed.earned_units],
      [role, spent, earned],
    );
    const text = jobText(document, M2M);
    assert.match(text, words);
    assert.doesNotMatch(text, not);
    const unpaid = jobDocument({ ...row, jobPaid: false }, null, 6_000);
    assert.deepEqual([unpaid.spent_units, unpaid.earned_units], [50n, 0n]);
  });
}

Deno.test("jobText() tells what of the price went into an image's storage, where any did", () => {
  const text = (storage: { readonly storage_units?: string }) => {
    const image = { name: "a", digest: "sha256:1", size_bytes: 60_000_000, ...storage };
    const result = { event_id: "e", summary: "Build: SUCCESS", platform: "linux/amd64", image };
    return jobText(jobDocument(job({ ...ROW, role: "buyer" }), result, 6_000), M2M);
  };
  const stored = text({ storage_units: "57221" });
  assert.match(stored, /sha256:1 \(60000000 bytes, 0\.057221 M2M of the price for its storage\)/);
  assert.match(text({}), /sha256:1 \(60000000 bytes\)/);
});

Deno.test("jobText() tells what was paid before the run and for the key, and whether the key opened the result", () => {
  const text = (state: "waiting" | "opened" | "broken", deposit_units: bigint) => {
    const payment = {
      ...{ mode: "on-delivery", quote_id: null, condition: null, fulfillment: null } as const,
      delivery: { state, deposit_units, rest_units: 600n, quote: event, sealed_result: null },
    };
    const document = jobDocument(job({ ...ROW, role: "buyer" }), null, 6_000);
    return jobText({ ...document, payment }, M2M).match(/^ {2}delivery .*$/m)?.[0];
  };
  assert.equal(
    text("waiting", 50n),
    "  delivery  0.00005 M2M before the run, at most 0.0006 M2M for the key to the result, which is not paid yet",
  );
  assert.equal(
    text("opened", 0n),
    "  delivery  0.0006 M2M for the key, which opened the result",
  );
  assert.match(text("broken", 0n) ?? "", /0\.0006 M2M for a key that does not open the result/);
});

Deno.test("a write that was paid counts for its job although the relay does not show it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: () => 1_000, journal: true });
  try {
    const event: UnsignedEvent = {
      pubkey: "a".repeat(64) as UnsignedEvent["pubkey"],
      created_at: 1,
      kind: 5600,
      tags: [],
      content: "",
    };
    const row = job({ role: "buyer", writeUnits: 0n, jobPaid: false, eventId: eventId(event) });
    const packet = outgoing({ obligation: `write:${row.eventId}`, amount: 100n, cumulative: 100n });
    const { channelId } = packet;
    const channel = { channelId, peer: "p", signed: 100n, nonce: 1, forfeit: 0n };
    await store.commit([
      { op: "putJob", row },
      {
        op: "addOutbox",
        row: {
          jobId: row.jobId,
          purpose: "write",
          event: new TextEncoder().encode(JSON.stringify(event)),
          destination: "test.relay",
          terminalPubkey: "a".repeat(64),
          amountUnits: null,
          createdAtMs: 1_000,
        },
      },
      { op: "putPayerChannel", row: { ...channel, spent: 0n } },
      { op: "putOutgoing", row: packet },
    ]);
    assert.deepEqual([...await unsettledWrites(store)], [], "in doubt is not paid");
    await store.commit([
      { op: "putPayerChannel", row: { ...channel, spent: 100n } },
      { op: "putOutgoing", row: { ...packet, state: "fulfilled", answer: new Uint8Array([3]) } },
    ]);
    const unsettled = await unsettledWrites(store);
    assert.deepEqual([...unsettled], [[row.jobId, 100n]]);
    const writeUnits = unsettled.get(row.jobId);
    assert.equal(jobDocument(row, null, 6_000, { writeUnits }).paid_units, 100n);
    assert.equal(jobListRow(row, 0n, "dev", writeUnits).spent_units, 100n);

    const [{ outboxId }] = await store.pendingOutbox(0, 1, 0);
    await store.commit([{ op: "settleOutbox", outboxId, state: "failed", detail: "hidden" }]);
    assert.deepEqual([...await unsettledWrites(store)], [], "the row has it from then on");
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("jobDocument() and jobListRow() say what to do about a job that failed, and jobText() shows it under the reason", () => {
  const row = job({
    jobId: "job-1234567",
    status: "refused",
    errorCode: "deposit_exhausted",
    errorMessage: "too little is left",
  });
  const advice =
    "'crosstown channel deposit CHANNEL AMOUNT', then 'crosstown job rerun job-1234567'";
  const document = jobDocument(row, null, 6_000);
  assert.equal(document.error?.suggestion, advice);
  assert.match(
    jobText(document, M2M),
    /^ {2}reason {4}too little is left \(deposit_exhausted\)\n {2}to do {5}'crosstown channel/m,
  );
  const listed = jobListRow(row, 0n, "dev");
  assert.deepEqual([listed.error_code, listed.suggestion], ["deposit_exhausted", advice]);
  assert.deepEqual(adviceLines([row, job({ status: "success", exitCode: 0 })]), [
    "",
    "job-1234567 too little is left (deposit_exhausted)",
    `  to do  ${advice}`,
  ]);
  const failed = jobDocument(job({ status: "success", exitCode: 1 }), null, 6_000);
  assert.match(failed.suggestion!, /job logs/);
  assert.match(jobText(failed, M2M), /^ {2}to do {5}'crosstown job logs/m);
  const fine = jobDocument(job({ status: "success", exitCode: 0 }), null, 6_000);
  assert.ok(!("suggestion" in fine) && !("error" in fine));
});
