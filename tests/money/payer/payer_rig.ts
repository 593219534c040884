/** A payer with a peer that answers as the test says. */
import { createHash } from "node:crypto";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { ClaimAck } from "../../../money/claims/claim_ack.ts";
import type { ClaimSource } from "../../../money/payer/claim_source.ts";
import { SignerError } from "../../../money/signer/signer_error.ts";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import type { LinkAnswer, PacketLink, SentPacket } from "../../../money/claims/packet_link.ts";
import { Payer } from "../../../money/payer/payer.ts";
import type { PayerDeps, PayerOptions } from "../../../money/payer/payer_options.ts";
import { Disk, storeOf } from "./sim/disk.ts";
import { oneByOne } from "./sim/signer.ts";
import { VirtualTime } from "./sim/virtual_time.ts";

export const FULFILMENT = new Uint8Array(32).fill(7);

export const CONDITION = new Uint8Array(createHash("sha256").update(FULFILMENT).digest());

export const NONE = new Uint8Array(0);

export const fulfill = wire.encodeFulfill({ fulfilment: FULFILMENT, data: NONE });

export const ack = (more: Partial<ClaimAck> = {}): ClaimAck => ({
  result: "accepted",
  nonce: 1,
  credited: 0n,
  spent: 0n,
  held: 0n,
  ...more,
});

/** A payer on virtual time whose peer answers as the test says; null means no answer. */
export async function bench(
  answers: (packet: SentPacket, ask: number) => LinkAnswer | null,
  options: Partial<PayerOptions> = {},
  deps: Partial<PayerDeps> = {},
) {
  const time = new VirtualTime(1);
  const disk = new Disk("payer", 1_000_000n);
  const weather = { failure: 0 };
  const store = storeOf(disk, time, () => weather.failure);
  const sent: SentPacket[] = [];
  /** How often the payer was told that the channel's facts may have changed. */
  const facts = { refreshes: 0 };
  const claims: ClaimSource = {
    refresh: () => void facts.refreshes++,
    capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
    lastClaim: () => Promise.resolve(null),
    issue: oneByOne(({ nonce, cumulative }) =>
      Promise.resolve({
        snapshot: null,
        bytes: new TextEncoder().encode(`claim ${nonce} ${cumulative}`),
      })
    ),
  };
  const payer = await Payer.open({
    channelId: "0xc1",
    peer: "peer",
    peerRule: "credit",
    ...options,
  }, {
    store,
    lane: new CommitLane(store, time.soon),
    claims,
    codec: wire,
    timers: time.timersOf(() => true),
    log: () => {},
    ...deps,
  });
  const link = (): PacketLink => ({
    writable: () => null,
    claimState: () => Promise.resolve(null),
    send(packet) {
      sent.push(packet);
      const answer = answers(packet, sent.length);
      return new Promise((resolve) => {
        if (answer !== null) time.after(5, () => resolve(answer));
      });
    },
  });
  const pay = (amount: bigint, obligation: string, signal?: AbortSignal) =>
    payer.pay({
      amount,
      obligation,
      destination: "test.peer.x",
      data: NONE,
      condition: CONDITION,
      expiresInMs: 10_000,
    }, { signal });
  const run = (ms: number) => time.run(time.nowMs + ms);
  await payer.attach(link());
  return { payer, pay, run, sent, disk, link, weather, facts };
}

/** A signer whose last claim is in no row, as after a crash between signature and commit. */
export function signerAt(
  nonce: number,
  cumulative: bigint,
): ClaimSource & { readonly issued: number[] } {
  let last = { nonce, cumulative };
  const issued: number[] = [];
  return {
    issued,
    capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
    lastClaim: () => Promise.resolve(last),
    // deno-lint-ignore require-await
    issue: oneByOne(async (claim) => {
      if (claim.nonce <= last.nonce) throw new SignerError("nonce", "taken");
      if (claim.cumulative < last.cumulative) throw new SignerError("bad_field", "falls");
      if (claim.cumulative - last.cumulative > claim.amount) {
        throw new SignerError("bad_field", "rises by too much");
      }
      last = claim;
      issued.push(claim.nonce);
      return {
        snapshot: null,
        bytes: new TextEncoder().encode(`claim ${claim.nonce} ${claim.cumulative}`),
      };
    }),
  };
}
