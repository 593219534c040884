/** A provider that takes the payments of jobs and does nothing, and the buyer that replaces it. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { silenceWatch } from "../../home/silent_providers.ts";
import type { RelayReader } from "../../market/relay_reader.ts";
import { requestIn } from "../../market/read_payment.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { OpenStore } from "../../store/store.ts";
import { SILENT_BID } from "./plan.ts";
import type { Party } from "./process.ts";
import { unpayingSigner } from "./unpaying_signer.ts";

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

/** A job whose first provider gave nothing: it has one earlier request, and all payments together are within its bid. */
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
  const wasPaid = paid.has(`job:${eventId}`);
  assert.equal(paidUnits > 0n, wasPaid, `${jobId}: ${paidUnits} units are booked as lost`);
  assert.equal(job.amountUnits, served?.amountUnits, `${jobId}: the sides booked other amounts`);
  const all = job.amountUnits + job.writeUnits + paidUnits;
  assert.ok(all <= SILENT_BID, `${jobId}: ${all} units were paid, the bid is ${SILENT_BID}`);
}
