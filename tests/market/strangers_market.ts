/** Markets for tests of whom a buyer chooses: providers with prices, payment modes and histories, without a network. */
import assert from "node:assert/strict";
import type { Announcement } from "../../market/announcement.ts";
import type { BuiltRequest, JobFlags } from "../../market/intake.ts";
import { intake } from "../../market/intake.ts";
import type { SpentToday } from "../../market/job_budget.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { chooseRequest } from "../../market/choose_request.ts";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import type { Distrust } from "../../store/stranger_part.ts";
import { M2M } from "../../protocols/ilp/asset.ts";
import { PLAIN_ORDER } from "./plain_order.ts";
import { BUYER, runnerOn } from "./sequences/sequence_market.ts";

const { buyer, relayReader } = runnerOn({} as Parameters<typeof runnerOn>[0]);
const [ANNOUNCED] = await relayReader.announcements({} as never) as Announcement[];

type Mode = "on-delivery" | "metered";

/** A provider: its announced price, the one that it quotes, what it wants upfront in other modes, and its history. */
interface Offered {
  readonly units: bigint;
  readonly quoted?: bigint;
  readonly modes?: Readonly<Partial<Record<Mode, bigint>>>;
  readonly delivered?: bigint;
  readonly atRisk?: bigint;
  readonly distrust?: Distrust;
}

/** A market, and an order in it. */
export interface Case {
  readonly offers: Readonly<Record<string, Offered>>;
  readonly limit?: bigint;
  readonly counted?: bigint;
  /** Providers whose answers enough others contradicted. */
  readonly contradicted?: string;
  readonly flags?: Partial<JobFlags>;
}

/** The limits of the buyer. */
export const LIMITS = { jobUnits: 10_000_000n, providerDayUnits: 100_000_000n, asset: M2M };

/** What a buyer asks in this market, and its order. `asked` names who was asked for a quote, and for which mode. */
export function marketOf(
  { offers, limit = 1_000n, counted = 0n, contradicted = "", flags = {} }: Case,
) {
  const { build, assign } = intake({ clock: Date.now });
  const ids = new Map<string, string>();
  const asked: string[] = [];
  const announcements = Object.entries(offers).map(([letter, { units, modes = {} }]) => ({
    ...ANNOUNCED,
    pubkey: letter.repeat(64),
    prices: [{
      kind: 5600,
      flatUnits: units,
      unitsPerKib: 0n,
      ...modes.metered !== undefined && { increment: { unit: "second" as const, size: 15 } },
    }],
    offer: {
      ...NO_OFFER,
      quotes: true,
      privateJobs: true,
      modes: ["upfront" as const, ...Object.keys(modes) as Mode[]],
    },
  }));
  const histories = Object.fromEntries(
    Object.entries(offers).map(([letter, { delivered = 0n, atRisk = 0n, distrust }]) => [
      letter.repeat(64),
      { deliveredUnits: delivered, riskUnits: atRisk, ...distrust && { distrust } },
    ]),
  );
  const today: SpentToday = { providers: {}, reserved: {}, histories, strangersUnits: counted };
  const asking = {
    profile: buyer.prices,
    pubkey: BUYER,
    relayReader: { announcements: () => Promise.resolve(announcements) },
    passedOver: () => Promise.resolve([]),
    breakers: () => Promise.resolve([...contradicted].map((letter) => letter.repeat(64))),
    budget: {
      limits: { ...LIMITS, strangersDayUnits: limit },
      today: () => Promise.resolve(today),
    },
    quotes: (questions: readonly QuoteQuestion[]) =>
      Promise.resolve(questions.map(({ provider, ilpAddress, request }): QuoteAnswer => {
        const { units, quoted = units, modes = {} } = offers[provider[0]];
        const mode = request.tags.find(([name]) => name === "mode")?.[1] as Mode | undefined;
        asked.push(`${provider[0]} ${mode ?? "upfront"}`);
        const quote = {
          requestId: ids.get(JSON.stringify(request.tags)),
          priceUnits: quoted,
          depositUnits: mode === undefined ? quoted : modes[mode],
          mode: mode ?? "upfront",
          increment: { unit: "second", size: 15 },
          ilpAddress,
        } as QuoteAnswer["quote"];
        return {
          provider,
          id: "1".repeat(64),
          quote,
          bytes: new Uint8Array(1),
          reason: null,
          tookMs: 1,
        };
      })),
  };
  const market = {
    build,
    assign: (...args: Parameters<typeof assign>): Promise<BuiltRequest> => {
      const assigned = assign(...args);
      ids.set(JSON.stringify(assigned.request.tags), assigned.eventId);
      return Promise.resolve(assigned);
    },
  };
  const order = {
    type: "echo",
    kind: 5600,
    input: "x",
    ...PLAIN_ORDER,
    bidUnits: 20_000_000n,
    limitBytes: 32_767,
    ...flags,
  } as JobFlags;
  return { asking, market, order, asked };
}

/** The provider, its mode, what it is paid upfront, and the candidates after it. */
export async function planned(given: Case): Promise<string> {
  const { asking, market, order } = marketOf(given);
  const { provider, quote, priceUnits, depositUnits = priceUnits, candidates } =
    await chooseRequest(asking, market, order);
  const after = candidates.map((each) => each.provider[0]).join("");
  return `${provider[0]} ${quote?.quote?.mode ?? "announced"} ${depositUnits}${
    after && ` then ${after}`
  }`;
}

/** What is planned in a case, or how it is refused. */
export type Expected = string | { readonly code: string; readonly message?: RegExp };

/** Registers a test for each case. */
export function testChoices(cases: readonly (readonly [string, Case, Expected])[]): void {
  for (const [name, given, expected] of cases) {
    Deno.test(`chooseRequest(): ${name}`, async () => {
      if (typeof expected === "string") assert.equal(await planned(given), expected);
      else await assert.rejects(planned(given), expected);
    });
  }
}
