/** The parties of a market with liars: how each behaves, what it announces and what it answers. */
import type { Announcement } from "../../market/announcement.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { unannounced } from "../../market/unannounced.ts";
import type { NostrEvent, Pubkey, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { JobRow } from "../../store/job_row.ts";

/** What a provider does with a job that it was given. */
export const BEHAVIOURS = [
  "wrong",
  "late",
  "silent",
  "raises",
  "takes money",
  "answers for others",
] as const;
/** Also of those that are honest, or lie in the same words. */
export type Behaviour = typeof BEHAVIOURS[number] | "honest" | "colludes";

const PROVIDERS = 5;
/** The price of a job. */
export const PRICE_UNITS = 1_000n;
/** The buyer's key. */
export const BUYER = publicKeyOf(new Uint8Array(32).fill(77));

/** Numbers that depend only on the seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A provider. */
export interface Party {
  readonly key: Uint8Array;
  readonly pubkey: Pubkey;
  readonly behaviour: Behaviour;
}

/** A job that a provider was given, beside those of the other providers. */
interface AskedJob {
  readonly row: JobRow;
  readonly rows: readonly JobRow[];
  readonly input: string;
  readonly nowMs: number;
  readonly random: (below: number) => number;
}

/** What the provider of a job answers to it: events, and when they come. */
export function answersOf(
  party: Party,
  { row, rows, input, nowMs, random }: AskedJob,
): { readonly event: NostrEvent; readonly atMs: number }[] {
  const atMs = nowMs + 1_000 + random(200_000);
  const say = (content: string, to: JobRow = row) => ({
    event: resultOf(party, to, content, atMs),
    atMs,
  });
  const lie = `lie ${party.pubkey.slice(0, 8)} ${random(1_000_000)}`;
  switch (party.behaviour) {
    case "honest":
    case "raises":
      return [say(input)];
    case "wrong":
      return [say(lie)];
    case "colludes":
      return [say("the same lie")];
    case "silent":
      return [];
    case "late": {
      const lateMs = atMs + 900_000;
      return [{ event: resultOf(party, row, lie, lateMs), atMs: lateMs }];
    }
    case "takes money": {
      const event = signedBy(party, {
        kind: 7000,
        created_at: Math.floor(atMs / 1_000),
        content: "no",
        tags: [["status", "error", "no"], ["code", "busy"], ...addressOf(row)],
      });
      return [{ event, atMs }];
    }
    case "answers for others":
      // An earlier answer, and a copy that claims to be theirs.
      return [
        say(lie),
        ...rows.filter((each) => each !== row).flatMap((other) => {
          const early = say(lie, other);
          const forged = { ...early.event, pubkey: other.provider as Pubkey };
          return [early, { ...early, event: forged }];
        }),
      ].map((each) => ({ ...each, atMs: nowMs + 1 }));
  }
}

function addressOf({ eventId }: JobRow): string[][] {
  return [["e", eventId], ["p", BUYER], ["wrap", BUYER]];
}

function resultOf(party: Party, row: JobRow, content: string, atMs: number): NostrEvent {
  return signedBy(party, {
    kind: 6600,
    created_at: Math.floor(atMs / 1_000),
    content,
    tags: addressOf(row),
  });
}

function signedBy({ key, pubkey }: Party, event: Omit<UnsignedEvent, "pubkey">): NostrEvent {
  return signEvent({ ...event, pubkey }, key, new Uint8Array(32));
}

/** What a provider announces. */
export function announcementOf(pubkey: Pubkey, atS: number): Announcement {
  return {
    ...unannounced(pubkey, atS),
    expiresAtS: atS + 360,
    prices: [{ kind: 5600, flatUnits: PRICE_UNITS, unitsPerKib: 0n }],
    ilpAddress: `g.${pubkey.slice(0, 8)}`,
    offer: { ...NO_OFFER, privateJobs: true },
  };
}

/** The parties of a market and their rule, by its seed. */
export interface Seeded {
  readonly random: (below: number) => number;
  readonly rule: {
    readonly needed: number;
    readonly count: number;
    /** Two providers; a third one only if they differ. */
    readonly challenge: boolean;
  };
  readonly liars: readonly Behaviour[];
  readonly parties: readonly Party[];
}

/** Five providers, one or two of them liars. `needed` of `count` must agree; two that collude need `3of5`. */
export function seeded(seed: number): Seeded {
  const random = randomOf(seed);
  const colluding = seed % 10 === 0;
  const challenge = !colluding && seed % 3 === 0;
  const rule = colluding
    ? { needed: 3, count: 5, challenge }
    : { needed: 2, count: challenge ? 2 : 3, challenge };
  const liars: Behaviour[] = colluding
    ? ["colludes", "colludes"]
    : Array.from({ length: 1 + random(2) }, () => BEHAVIOURS[random(BEHAVIOURS.length)]);
  const parties = Array.from({ length: PROVIDERS }, (_, at): Party => {
    const key = new Uint8Array(32).fill(1 + at);
    key[0] = 1 + random(250);
    return { key, pubkey: publicKeyOf(key), behaviour: liars[at] ?? "honest" };
  });
  return { random, rule, liars, parties };
}
