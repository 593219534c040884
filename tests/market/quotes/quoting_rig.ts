/** A provider that answers questions for quotes and takes payments, and what a buyer sends to it. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { acceptJob } from "../../../market/accept_job.ts";
import { readQuote } from "../../../protocols/nostr/job_quote.ts";
import { quoting } from "../../../market/quotes/quoting.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import type { Increment } from "../../../protocols/nostr/metered.ts";
import type { NostrEvent, UnsignedEvent } from "../../../protocols/nostr/event.ts";
import { paidRequest } from "../../../protocols/nostr/job_payment.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { NOW_S, PROVIDER, RULES, signed } from "../market.ts";
import { askedTogether } from "../../store/asked_together.ts";

export const verifier = await createVerifier();
export const TERMS = {
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  ilpAddress: "g.dev.provider",
  leastDepositUnits: "20480",
  leastWrappedUnits: "33000",
};
/** Stands for the provider's signer: as a real one, the same for the same peer and data. */
export const fulfilmentOf = (peer: string, dataSha256: Uint8Array) =>
  sha256(new Uint8Array([...new TextEncoder().encode(peer), ...dataSha256]));

/** A provider with a clock and a price that tests move. */
export function provider() {
  const now = {
    ms: NOW_S * 1_000,
    flatUnits: 50_000n,
    debts: { waiting: 0, overdue: 0, paid: 0 },
    ofBuyer: 0,
    increment: undefined as Increment | undefined,
    modes: undefined as readonly string[] | undefined,
    job: null as JobRow | null,
  };
  const signer = {
    decrypt: () => Promise.reject(new Error("no")),
    packetFulfilments: (packets: readonly { peer: string; dataSha256: Uint8Array }[]) =>
      Promise.resolve(packets.map(({ peer, dataSha256 }) => fulfilmentOf(peer, dataSha256))),
    signEvents: (events: readonly UnsignedEvent[]) =>
      Promise.resolve(events.map((event) => signed(event, PROVIDER))),
  };
  const clock = () => now.ms;
  const terminal = acceptJob({
    rules: () => ({
      ...RULES,
      prices: [{
        kind: 5601,
        flatUnits: now.flatUnits,
        unitsPerKib: 0n,
        increment: now.increment,
        modes: now.modes,
      }],
    }),
    store: askedTogether({
      getJobByEvent: (id) => Promise.resolve(now.job?.eventId === id ? now.job : null),
      placesTaken: () =>
        Promise.resolve({ paused: false, runnable: 0, ofBuyer: now.ofBuyer, known: [] }),
      sealedDebts: () => Promise.resolve(now.debts),
      freeJobId: (eventId) => Promise.resolve(`job-${eventId.slice(0, 7)}`),
    }),
    signer,
    quoting: quoting(TERMS, { pubkey: PROVIDER, signer, clock }),
    verifier,
    capacity: 1_024,
    clock,
  });
  const ask = async (event: NostrEvent) => {
    const seen = await terminal.inspect(packet(encodeToon(event, "1.4"), 0n));
    assert.ok("reject" in seen);
    return { ...seen.reject, told: JSON.parse(new TextDecoder().decode(seen.reject.data)) };
  };
  return { now, terminal, ask };
}

export function packet(data: Uint8Array, amount: bigint, condition = new Uint8Array(32)): Prepare {
  const expiresAtMs = NOW_S * 1_000 + 30_000;
  return { amount, expiresAtMs, condition, destination: "g.dev.provider", data };
}

export const paying = (event: NostrEvent, quote: NostrEvent, amount?: bigint) => {
  const { priceUnits, condition } = readQuote(quote);
  return packet(paidRequest(event, quote), amount ?? priceUnits, Uint8Array.fromHex(condition));
};

/** The payment of a request without a quote. */
export function atAnnouncedPrice(event: NostrEvent, amount: bigint): Prepare {
  const data = encodeToon(event, "1.4");
  return packet(data, amount, sha256(fulfilmentOf(event.pubkey, sha256(data))));
}

export const codeOf = async (at: ReturnType<typeof provider>, prepare: Prepare) => {
  const seen = await at.terminal.inspect(prepare);
  if (!("reject" in seen)) return "taken";
  return JSON.parse(new TextDecoder().decode(seen.reject.data)).code as string;
};
