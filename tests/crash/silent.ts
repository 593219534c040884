/** A provider that takes the payments of jobs and does nothing, and the buyer that replaces it. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { silenceWatch } from "../../home/silent_providers.ts";
import type { RelayReader } from "../../market/relay_reader.ts";
import { requestIn } from "../../market/read_payment.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { OpenStore } from "../../store/store.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { keyOf, SILENT_BID } from "./plan.ts";
import type { Party } from "./process.ts";
import { unpayingSigner } from "./unpaying_signer.ts";

const RESULT_KIND = 6600;
/** How far ahead the buyer looks, so that a provider is silent at once: more than half of the time of a job. */
const AHEAD_MS = 2_000_000;
/** A process listens for ten seconds of this time before it calls anybody silent. */
const FASTER = 20;

/** Where its payments end: as in a provider's terminal, an obligation is paid once. */
export async function silentTerminal(clock: () => number): Promise<Terminal> {
  const signer = await unpayingSigner("silent", clock);
  return {
    isPure: true,
    inspect({ data }) {
      const request = requestIn(data);
      return Promise.resolve(
        request === null
          ? { reject: { code: "F06", message: "no request" } }
          : { obligation: `job:${request.id}` },
      );
    },
    async effect({ data }) {
      const dataSha256 = sha256(data);
      const peer = requestIn(data)!.pubkey;
      const [fulfilment] = await signer.packetFulfilments([{ peer, dataSha256 }]);
      return { fulfilment, data: new Uint8Array() };
    },
  };
}

/** The result that the silent provider gives to a request after all, signed. */
export function lateResult(eventId: string, nowMs: number): Uint8Array {
  const key = keyOf("silent");
  const event = {
    pubkey: publicKeyOf(key),
    kind: RESULT_KIND,
    created_at: Math.floor(nowMs / 1_000),
    content: "too late",
    tags: [["e", eventId], ["p", publicKeyOf(keyOf("buyer"))]],
  };
  return new TextEncoder().encode(JSON.stringify(signEvent(event, key, new Uint8Array(32))));
}

/** Looks once for silent providers, as a home does it. */
export function silentLook(
  { store, clock, log }: Pick<Party, "store" | "clock" | "log">,
  relayReader: Pick<RelayReader, "answered">,
): () => Promise<void> {
  return silenceWatch({
    store: {
      silentJobs: (nowMs, limit) => store.silentJobs(nowMs, limit),
      // What happens is booked at the time of this machine.
      commit: (changes) =>
        store.commit(
          changes.map((each) => each.op === "replaceSilent" ? { ...each, atMs: clock() } : each),
        ),
    },
    relayReader,
    clock: () => clock() + AHEAD_MS,
    elapsedMs: () => performance.now() * FASTER,
    log,
  });
}

/**
 * A job whose first provider gave nothing in time: it has one earlier request, its late result is counted and changed nothing, and all
 * payments together are within its bid.
 */
export async function checkReplaced(
  job: JobRow,
  served: JobRow | null,
  store: OpenStore,
  paid: ReadonlySet<string>,
): Promise<void> {
  const { jobId } = job;
  const attempts = await store.attemptsOf(jobId);
  assert.equal(attempts.length, 1, `${jobId}: its earlier providers`);
  const [{ eventId, paidUnits }] = attempts;
  const late = (await store.answersOf(jobId)).map(({ outcome, pubkey }) => `${outcome} ${pubkey}`);
  const dropped = `dropped_result ${publicKeyOf(keyOf("silent"))}`;
  assert.deepEqual(late, [dropped], `${jobId}: the late result of its first provider`);
  const more = [...paid].filter((each) =>
    each.includes(eventId) && !["job", "write"].includes(each.split(":", 1)[0])
  );
  assert.deepEqual(more, [], `${jobId}: more was paid for its first request`);
  const wasPaid = paid.has(`job:${eventId}`);
  assert.equal(paidUnits > 0n, wasPaid, `${jobId}: ${paidUnits} units are booked as lost`);
  assert.equal(job.amountUnits, served?.amountUnits, `${jobId}: the sides booked other amounts`);
  const all = job.amountUnits + job.writeUnits + paidUnits;
  assert.ok(all <= SILENT_BID, `${jobId}: ${all} units were paid, the bid is ${SILENT_BID}`);
}
