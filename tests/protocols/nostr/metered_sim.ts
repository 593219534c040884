/**
 * A metered job in virtual time: buyer, provider and the network between them, with delays, losses, deaths and liars by seed. It runs the
 * product's rules, or one of the variants that were tried before them.
 */
import { begunIncrements, paysFromMs, runsUntilMs } from "../../../protocols/nostr/metered.ts";

/** The product's rule, and the rules that it is compared with. */
export type Rule =
  | "product"
  /** The buyer pays by its own clock, whatever the provider says. */
  | "own_clock"
  /** The run stops when the paid increments are used. */
  | "no_credit"
  /** The buyer pays when the provider says so, however fast. */
  | "no_own_clock"
  /** The buyer's clock runs while the job is paused. */
  | "clock_runs"
  /** The result is given although its last increment is not paid. */
  | "result_first";

/** Who does not keep to the rules. */
export type Fault =
  | "none"
  | "pausing_buyer"
  | "pausing_eager"
  | "silent_provider"
  | "eager_provider"
  | "unpaying_buyer"
  | "deaths";

/** The outcome of a job; losses in increments. */
export interface Came {
  readonly end: "result" | "unpaid" | "timeout";
  readonly paid: number;
  /** The most that the buyer had paid for and the provider had not worked, at any moment. */
  readonly buyerRisk: number;
  /** The most that the provider had worked and was not paid for, at any moment. */
  readonly providerRisk: number;
  /** The most that was paid ahead of one increment for each increment's time. */
  readonly lead: number;
}

const TICK_MS = 100;
const SECONDS = 15;
const INCREMENT_MS = SECONDS * 1_000;
const TIMEOUT_MS = 600_000;

/** Runs one job. */
export function meteredJob(seed: number, rule: Rule, fault: Fault): Came {
  const random = randomOf(seed);
  const upTo = (most: number) => Math.floor(random() * most);
  const workMs = 1_000 + upTo(180_000);
  const queuedMs = upTo(4) === 0 ? upTo(60_000) : 0;
  const stopsWorkingMs = fault === "silent_provider" ? queuedMs + upTo(workMs) : Infinity;
  const stopsPaying = fault === "unpaying_buyer" ? 1 + upTo(6) : Infinity;
  const most = 1 + Math.ceil(TIMEOUT_MS / INCREMENT_MS);
  const deaths = fault !== "deaths" ? [] : Array.from({ length: 1 + upTo(3) }, () => ({
    at: upTo(workMs + queuedMs),
    buyer: random() < 0.5,
    forMs: upTo(4_000),
  }));
  const isEager = fault === "eager_provider" || fault === "pausing_eager";
  // A pause reaches the provider later than it begins, and so does its end.
  const pauses = fault !== "pausing_buyer" && fault !== "pausing_eager"
    ? []
    : Array.from({ length: 1 + upTo(3) }, (_, at) => {
      const fromMs = at * 60_000 + upTo(40_000);
      const toMs = fromMs + 500 + upTo(15_000);
      return { fromMs, toMs, seenMs: fromMs + delay(random), endSeenMs: toMs + delay(random) };
    });
  let [sinceMs, pausedMs] = [0, 0];
  // Both have booked the first increment.
  let [paid, booked, paidAtMs] = [1, 1, 0];
  let [usedMs, workedMs, lostMs] = [0, 0, 0];
  let [over, answerAtMs, payAtMs] = [false, Infinity, Infinity];
  let told: "due" | "not_due" | null = null;
  let [buyerRisk, providerRisk, lead] = [0, 0, 0];
  let end: Came["end"] = "timeout";
  let nowMs = 0;
  const isDown = (buyer: boolean) =>
    deaths.some((each) => each.buyer === buyer && nowMs >= each.at && nowMs < each.at + each.forMs);
  for (; nowMs < TIMEOUT_MS; nowMs += TICK_MS) {
    const providerLives = nowMs < stopsWorkingMs && !isDown(false);
    const standsStill = pauses.some((each) => nowMs >= each.seenMs && nowMs < each.endSeenMs);
    const isPaused = pauses.some((each) => nowMs >= each.fromMs && nowMs < each.toMs);
    // At the end of a pause that its provider confirmed, the buyer's clock has stood still.
    for (const { toMs, seenMs } of pauses) {
      if (toMs > nowMs || toMs <= nowMs - TICK_MS) continue;
      const stoodMs = Math.max(0, toMs - seenMs);
      pausedMs += stoodMs;
      if (rule === "clock_runs") continue;
      sinceMs += stoodMs;
      paidAtMs += stoodMs;
    }
    // The provider works, and a run that died begins again without being paid again.
    if (deaths.some(({ at, buyer }) => !buyer && nowMs <= at && at < nowMs + TICK_MS)) {
      lostMs += usedMs;
      [usedMs, over] = [0, false];
    }
    if (providerLives && nowMs >= queuedMs && !over && !isEager && !standsStill) {
      usedMs += TICK_MS;
      workedMs = Math.max(workedMs, usedMs);
      over = usedMs >= workMs;
    }
    const owed = begunIncrements(usedMs, SECONDS);
    providerRisk = Math.max(providerRisk, usedMs / INCREMENT_MS - paid);
    if (over && (paid >= owed || rule === "result_first")) {
      end = "result";
      providerRisk = Math.max(providerRisk, owed - paid);
      break;
    }
    const until = rule === "no_credit" ? paid * INCREMENT_MS : runsUntilMs(paid, SECONDS);
    if (providerLives && usedMs >= until && !over) {
      end = "unpaid";
      break;
    }
    // The buyer asks once a second, and pays what it may.
    // A payment that was sent before the pause is booked in it.
    if (isPaused && payAtMs === Infinity) {
      answerAtMs = Infinity;
      continue;
    }
    if (isDown(true) || booked >= Math.min(most, stopsPaying)) continue;
    const byClock = nowMs >= paysFromMs({ seconds: SECONDS, paid: booked, sinceMs, paidAtMs });
    if (nowMs >= payAtMs) {
      // A packet is asked for again until it is answered, and pays once.
      if (isDown(false) || !providerLives && rule !== "own_clock") continue;
      [paid, booked, paidAtMs, payAtMs] = [booked + 1, booked + 1, nowMs, Infinity];
      lead = Math.max(lead, booked - 1 - (nowMs - pausedMs) / INCREMENT_MS);
      // A run that starts again owes nothing for its earlier work.
      buyerRisk = Math.max(buyerRisk, paid - Math.max(workedMs, usedMs) / INCREMENT_MS);
      continue;
    }
    if (payAtMs < Infinity) continue;
    if (rule === "own_clock") {
      if (byClock) payAtMs = nowMs + delay(random);
      continue;
    }
    if (nowMs >= answerAtMs) {
      [answerAtMs, told] = [Infinity, null];
      if (providerLives && random() < 0.95) {
        const isDue = isEager || owed > booked;
        told = isDue ? "due" : "not_due";
      }
      if (told === "due") payAtMs = nowMs + delay(random);
    } else if (answerAtMs === Infinity && nowMs % 1_000 === 0) {
      if (byClock || rule === "no_own_clock") answerAtMs = nowMs + delay(random);
    }
  }
  buyerRisk = Math.max(buyerRisk, lostMs > 0 ? 0 : paid - begunIncrements(workedMs, SECONDS));
  return { end, paid, buyerRisk, providerRisk, lead };
}

/** Mostly quick, sometimes seconds. */
function delay(random: () => number): number {
  return random() < 0.9 ? random() * 300 : random() * 4_000;
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed * 0x9e3779b9 >>> 0;
  return () => {
    state = state + 0x6d2b79f5 >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
