/** How the buyer of a market of liars plans a job: the program's own planning, over announcements of the market's providers. */
import { intake } from "../../market/intake.ts";
import { chooseRequest } from "../../market/choose_request.ts";
import type { OpenStore } from "../../store/store.ts";
import { announcementOf, BUYER, type Party } from "./parties.ts";

const PER_BYTE_UNITS = 1n;

/** The market in which a job is planned. */
export interface PlannedIn {
  readonly rule: { readonly count: number; readonly challenge: boolean };
  readonly parties: readonly Party[];
  readonly store: OpenStore;
  readonly world: { readonly nowMs: number };
  /** The providers that were shown to lie. */
  readonly blamed: ReadonlySet<string>;
  /** For a job with all that verify it. */
  readonly bidUnits: bigint;
}

/** The plan of one job for this input, which excludes providers, and what its rows are made of. */
export function jobPlanner(
  { rule, parties, store, world, blamed, bidUnits }: PlannedIn,
  input: string,
) {
  const { build, assign } = intake({ clock: () => world.nowMs });
  const flags = {
    type: "echo",
    kind: 5600,
    input,
    params: [],
    platform: null,
    tags: [],
    bidUnits: bidUnits / BigInt(rule.challenge ? 3 : rule.count),
    provider: null,
    relays: [],
    timeoutS: 300,
    limitBytes: 32_000,
    answersKey: BUYER,
    callbackSkill: null,
  };
  const profile = {
    write: "ilp" as const,
    relay: { ilpAddress: "g.relay", priceUnitsPerByte: PER_BYTE_UNITS } as never,
    hopFees: [],
  };
  // The clock of planning is the machine's own.
  const atS = Math.floor(Date.now() / 1_000);
  const announcements = parties.map(({ pubkey }) => announcementOf(pubkey, atS));
  const planOne = (exclude: readonly string[]) =>
    chooseRequest(
      {
        profile,
        pubkey: BUYER,
        relayReader: { announcements: () => Promise.resolve(announcements) },
        // Of the last day, by the clock of the market.
        passedOver: () => store.passedOver(world.nowMs - 86_400_000),
        breakers: () => Promise.resolve([...blamed]),
      },
      { build, assign: (...args) => Promise.resolve(assign(...args)) },
      flags,
      exclude,
    );
  return { planOne, profile, flags };
}
