/** A provider's terminal for jobs, and packets for it. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { acceptJob, type AcceptJobOptions } from "../../market/accept_job.ts";
import type { JobRow } from "../../store/job_row.ts";
import { askedTogether } from "../store/asked_together.ts";
import { NOW_S, request, RULES } from "./market.ts";

export const verifier = await createVerifier();

/** Replaces the signer: it gives the same value for the same peer and data, as a real one does. */
export const fulfilmentOf = (peer: string, dataSha256: Uint8Array) =>
  sha256(new Uint8Array([...new TextEncoder().encode(peer), ...dataSha256]));

export function terminal(more: Partial<AcceptJobOptions> & { readonly row?: JobRow | null } = {}) {
  return acceptJob({
    rules: () => RULES,
    store: askedTogether({
      getJobByEvent: () => Promise.resolve(more.row ?? null),
      freeJobId: (eventId) => Promise.resolve(`job-${eventId.slice(0, 7)}`),
      sealedDebts: () => Promise.reject(new Error("not asked")),
      placesTaken: (eventIds) =>
        Promise.resolve({
          paused: false,
          runnable: 0,
          known: eventIds.filter((id) => more.row?.eventId === id),
          ofBuyer: 0,
        }),
    }),
    signer: {
      decrypt: () => Promise.reject(Object.assign(new Error("no"), { code: "bad_field" })),
      packetFulfilments: (packets) =>
        Promise.resolve(packets.map(({ peer, dataSha256 }) => fulfilmentOf(peer, dataSha256))),
    },
    verifier,
    capacity: 8,
    clock: () => NOW_S * 1000,
    ...more,
  });
}

export function prepare(event: NostrEvent, amount: bigint, more: Partial<Prepare> = {}): Prepare {
  const data = encodeToon(event, "1.4");
  return {
    amount,
    expiresAtMs: NOW_S * 1000 + 30_000,
    condition: sha256(fulfilmentOf(event.pubkey, sha256(data))),
    destination: "g.dev.provider",
    data,
    ...more,
  };
}

export const asked = request();

export const price = 50_000n + BigInt(encodeToon(asked, "1.4").length);
