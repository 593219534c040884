/** Random steps. A step is a choice that the current state turns into a call; most calls are near the limit of a rule. */
import fc from "fast-check";

/** The account that acts: one of two parties, or a stranger to most channels, which may be a party of another one. */
export type Who = 0 | 1 | 2;

/** One step; `waitS` passes before it. */
export type Step = { readonly waitS: number } & Choice;

type Choice =
  | { readonly do: "open"; readonly by: Who; readonly to: Who; readonly timeoutS: number }
  | {
    readonly do: "deposit";
    readonly by: Who;
    readonly channel: number;
    readonly of: Who;
    readonly total: "more" | "same" | "less" | "limit" | "above limit";
    readonly units: number;
  }
  | {
    readonly do: "claim";
    readonly channel: number;
    /** Which side is paid, or the stranger. */
    readonly by: "low" | "high" | "stranger";
    readonly signer: "payer" | "payee" | "stranger";
    readonly nonce: "next" | "jump" | "same" | "lower";
    readonly amount: "some" | "all" | "too much" | "same" | "less" | "nothing";
    readonly flaw:
      | "none"
      | "other channel"
      | "other contract"
      | "other chain"
      | "high s"
      | "v 0"
      | "short"
      | "amount changed"
      | "nonce changed";
  }
  /** An earlier proof again, by anyone, perhaps on another channel. */
  | {
    readonly do: "replay";
    readonly proof: number;
    readonly by: Who;
    readonly channel: number | null;
  }
  | {
    readonly do: "close" | "settle" | "force";
    readonly by: Who;
    readonly channel: number;
  }
  | { readonly do: "pause"; readonly on: boolean; readonly by: Who | "owner" };

const who = fc.constantFrom<Who>(0, 1, 2);
const channel = fc.nat(4);

const choice: fc.Arbitrary<Choice> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      by: who,
      to: who,
      timeoutS: fc.constantFrom(3_599, 3_600, 3_600, 3_600, 7_200, 31_536_000, 31_536_001),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("deposit" as const),
      by: who,
      channel,
      of: who,
      total: fc.constantFrom(
        "more",
        "more",
        "more",
        "more",
        "same",
        "less",
        "limit",
        "above limit",
      ),
      units: fc.integer({ min: 1, max: 400 }),
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("claim" as const),
      channel,
      by: fc.constantFrom("low", "low", "low", "high", "high", "high", "stranger"),
      signer: fc.constantFrom("payer", "payer", "payer", "payer", "payer", "payee", "stranger"),
      nonce: fc.constantFrom("next", "next", "next", "jump", "same", "lower"),
      amount: fc.constantFrom(
        "some",
        "some",
        "some",
        "some",
        "all",
        "too much",
        "same",
        "less",
        "nothing",
      ),
      flaw: fc.oneof(
        { weight: 8, arbitrary: fc.constant("none" as const) },
        {
          weight: 4,
          arbitrary: fc.constantFrom(
            ...["other channel", "other contract", "other chain", "high s"] as const,
            ...["v 0", "short", "amount changed", "nonce changed"] as const,
          ),
        },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("replay" as const),
      proof: fc.nat(20),
      by: who,
      channel: fc.option(channel, { freq: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("close", "settle", "settle", "force"),
      by: who,
      channel,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("pause" as const),
      on: fc.constantFrom(true, false, false, false),
      by: fc.constantFrom("owner" as const, "owner" as const, 0 as Who),
    }),
  },
);

const wait = fc.oneof(
  { weight: 40, arbitrary: fc.nat(600) },
  { weight: 4, arbitrary: fc.constantFrom(3_599, 3_600, 7_200) },
  { weight: 1, arbitrary: fc.constant(31_536_000) },
);

const claimed = {
  waitS: 0,
  do: "claim",
  signer: "payer",
  nonce: "next",
  amount: "some",
  flaw: "none",
} as const;

/** A channel with money on both sides, or random steps would be idle at first. */
const BEGIN: readonly Step[] = [
  { waitS: 0, do: "open", by: 0, to: 1, timeoutS: 3_600 },
  { waitS: 0, do: "deposit", by: 0, channel: 0, of: 0, total: "more", units: 400 },
  { waitS: 0, do: "deposit", by: 2, channel: 0, of: 1, total: "more", units: 300 },
  { waitS: 0, do: "open", by: 1, to: 0, timeoutS: 3_600 },
  { waitS: 0, do: "deposit", by: 1, channel: 1, of: 0, total: "more", units: 200 },
];

/** At the end, both channels are claimed from, closed and settled, in whatever state the random steps left them. */
const END: readonly Step[] = [
  { ...claimed, channel: 0, by: "high" },
  { ...claimed, channel: 0, by: "low" },
  ...([0, 1] as const).map((channel): Step => ({ waitS: 0, do: "close", by: 0, channel })),
  { waitS: 0, do: "settle", by: 1, channel: 0 },
  { ...claimed, channel: 0, by: "high" },
  { waitS: 7_200, do: "settle", by: 2, channel: 0 },
  ...([1, 0] as const).map((channel): Step => ({ waitS: 0, do: "settle", by: 0, channel })),
];

/** A run of the machine: so many random steps, with the same beginning and end. */
export function runOf(steps: number): fc.Arbitrary<readonly Step[]> {
  const step = fc.tuple(wait, choice).map(([waitS, choice]): Step => ({ waitS, ...choice }));
  return fc.array(step, { minLength: steps, maxLength: steps, size: "max" })
    .map((random) => [...BEGIN, ...random, ...END]);
}
