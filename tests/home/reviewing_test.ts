/** Which jobs of a buyer are reviewed, on a real store. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { asEventId, asPubkey } from "../../protocols/nostr/event.ts";
import { quoteEvent } from "../../protocols/nostr/job_quote.ts";
import { provenPayment, readReview } from "../../protocols/nostr/job_review.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { reviewEnded } from "../../home/reviewing.ts";
import type { JobRow } from "../../store/job_row.ts";
import { job, outgoing } from "../store/store_rows.ts";
import { surroundings } from "../stages/surroundings.ts";

const TARGET = {
  pubkey: "a".repeat(64),
  destination: "test.relay",
  terminalPubkey: "b".repeat(64),
};
const PROVIDER = "c".repeat(64);
const request = (tags: readonly (readonly string[])[]) =>
  new TextEncoder().encode(JSON.stringify({ kind: 5600, tags, content: "" }));

Deno.test("reviewEnded() reviews each paid job once, after it ended, and none that was private or before the first look", async () => {
  await using at = await surroundings();
  const startMs = at.nowMs;
  const add = (letter: string, more: Partial<JobRow>) =>
    at.store.commit([{
      op: "putJob",
      row: job({
        eventId: letter.repeat(64),
        jobId: `job-${letter.repeat(7)}`,
        kind: 5600,
        provider: PROVIDER,
        jobPaid: true,
        status: "success",
        request: request([]),
        updatedAtMs: startMs + 1_000,
        ...more,
      }),
    }]);
  await add("1", { updatedAtMs: startMs - 86_400_000 });
  assert.equal(await reviewEnded(at.store, TARGET, startMs), 0);
  await add("2", {});
  await add("3", { status: "timeout" });
  await add("4", { status: "success", exitCode: 1 });
  await add("5", { jobPaid: false });
  await add("6", { status: "cancelled" });
  await add("7", { status: "refused" });
  await add("8", { request: request([["encrypted"]]) });
  await add("9", { provider: null });
  assert.equal(await reviewEnded(at.store, TARGET, startMs + 2_000), 0, "its end may still change");
  assert.equal(await reviewEnded(at.store, TARGET, startMs + 60_000), 3);
  assert.equal(await reviewEnded(at.store, TARGET, startMs + 120_000), 0);
  const rows = await at.store.pendingOutbox(0, 100, 0);
  const said = rows.map(({ event, destination }) => {
    const { kind, tags, pubkey } = JSON.parse(new TextDecoder().decode(event));
    assert.deepEqual([kind, pubkey, destination], [1985, TARGET.pubkey, TARGET.destination]);
    const tag = (name: string) => tags.find((each: string[]) => each[0] === name)[1];
    return [tag("e")[0], tag("l"), tag("p") === PROVIDER].join(" ");
  });
  assert.deepEqual(said.sort(), ["2 success true", "3 failure true", "4 failure true"]);
});

Deno.test("reviewEnded() puts the receipt of a job that was paid by a quote into its review, and never the key to a sealed result", async () => {
  await using at = await surroundings();
  const startMs = at.nowMs;
  const secret = new Uint8Array(32).fill(7);
  const provider = publicKeyOf(secret);
  const preimage = new Uint8Array(32).fill(9);
  assert.equal(await reviewEnded(at.store, TARGET, startMs), 0);
  let nonce = 0;
  const bought = async (letter: string, mode: "upfront" | "on-delivery") => {
    const eventId = letter.repeat(64);
    const quote = signEvent(
      quoteEvent({
        requestId: asEventId(eventId),
        buyer: asPubkey(TARGET.pubkey),
        provider,
        content: "a".repeat(64),
        priceUnits: 700n,
        depositUnits: mode === "upfront" ? 700n : 200n,
        asset: { code: "M2M", scale: 6 },
        chain: { chainId: 31337, tokenNetworkAddress: "" },
        mode,
        ilpAddress: "test.dev.provider",
        condition: sha256(preimage).toHex(),
        validUntilS: 1_800_000_000,
        deadlineS: 1_800_000_000,
      }, 1_770_000_000),
      secret,
      new Uint8Array(32),
    );
    const bytes = new TextEncoder().encode(JSON.stringify(quote));
    const condition = sha256(preimage);
    const row = outgoing({ nonce: ++nonce, condition, obligation: `job:${eventId}` });
    await at.store.commit([
      {
        op: "putJob",
        row: job({
          eventId,
          jobId: `job-${letter.repeat(7)}`,
          kind: 5600,
          provider,
          jobPaid: true,
          status: "success",
          request: request([]),
          updatedAtMs: startMs + 1_000,
        }),
      },
      {
        op: "putQuote",
        row: { eventId, quote: bytes, condition: condition.toHex(), atMs: startMs },
      },
      { op: "putOutgoing", row, expect: "absent" },
    ]);
    const answer = innerPackets.encodeFulfill({ fulfilment: preimage, data: new Uint8Array(0) });
    await at.store.commit([
      { op: "putOutgoing", row: { ...row, state: "fulfilled", answer }, expect: "open" },
    ]);
  };
  await bought("2", "upfront");
  await bought("3", "on-delivery");
  assert.equal(await reviewEnded(at.store, TARGET, startMs + 60_000), 2);
  const verifier = await createVerifier();
  const said = (await at.store.pendingOutbox(0, 100, 0)).map(({ event }) => {
    const text = new TextDecoder().decode(event);
    const read = readReview(JSON.parse(text))!;
    return [
      read.requestId[0],
      provenPayment(read, TARGET.pubkey, verifier)?.units ?? null,
      text.includes(preimage.toHex()),
    ];
  });
  assert.deepEqual(said.sort(), [["2", 700n, true], ["3", null, false]]);
});
