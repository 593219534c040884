/**
 * A job that is paid by output, in virtual time: buyer, provider and the network between them, with delays, losses, deaths and liars by seed.
 * It runs the product's rules, or one of the variants that were tried before them.
 */
import {
  begunByOutput,
  isOwedByOutput,
  sendsUntilBytes,
} from "../../../protocols/nostr/metered.ts";

/** The product's rule, and the rules that it is compared with. */
export type OutputRule =
  | "product"
  /** The buyer pays when the provider says so, and does not count. */
  | "by_word"
  /** The provider sends output as soon as it is printed. */
  | "no_limit"
  /** The provider sends only output that is paid. */
  | "no_credit"
  /** The result, which has all output, is given although its last increment is not paid. */
  | "result_first"
  /** The run does not stand still: what it prints ahead of the payments is held. */
  | "no_standstill"
  /** The buyer pays by its own count alone, also for output that it got before a run that died. */
  | "own_count";

/** Who does not keep to the rules. */
export type OutputFault =
  | "none"
  | "pausing_buyer"
  /** Sends no more output. */
  | "silent_provider"
  /** Says that it sent more than it did, and asks at every moment. */
  | "claiming_provider"
  | "unpaying_buyer"
  /** Either side dies and starts again, up to three times. */
  | "deaths";

/** The outcome of a job. Losses in increments. */
export interface OutputCame {
  readonly end: "result" | "unpaid" | "timeout";
  readonly paid: number;
  /** Increments that the run's own output takes. */
  readonly owed: number;
  /** The most that the buyer had paid for and had not received, at any moment. */
  readonly buyerRisk: number;
  /** The most that the provider had sent of its present run and was not paid for, at any moment. */
  readonly providerRisk: number;
  /** The most that the run had printed ahead of the payments. It was not sent. */
  readonly printedAhead: number;
}

const TICK_MS = 50;
const KIB = 4;
const INCREMENT = KIB * 1_024;
const TIMEOUT_MS = 600_000;
const HOLD_MS = 60_000;
/** What a packet brings, and what a process may still print after it was stopped. */
const ANSWER_BYTES = 12_000;
const PIPE_BYTES = 2_048;

/** Runs one job. */
export function outputJob(seed: number, rule: OutputRule, fault: OutputFault): OutputCame {
  const random = randomOf(seed);
  const upTo = (most: number) => Math.floor(random() * most);
  const outputBytes = upTo(60_000);
  const bytesASecond = 200 + upTo(20_000);
  const isBursty = random() < 0.3;
  const silentAt = fault === "silent_provider" ? upTo(outputBytes + 1) : Infinity;
  const stopsPaying = fault === "unpaying_buyer" ? 1 + upTo(6) : Infinity;
  const most = Math.ceil(65_536 / INCREMENT);
  const deaths = fault !== "deaths" ? [] : Array.from({ length: 1 + upTo(3) }, () => ({
    at: upTo(20_000),
    buyer: random() < 0.5,
    forMs: upTo(4_000),
  }));
  const pauses = fault !== "pausing_buyer" ? [] : Array.from({ length: 1 + upTo(3) }, (_, at) => {
    const fromMs = at * 8_000 + upTo(5_000);
    const toMs = fromMs + 500 + upTo(4_000);
    return { fromMs, toMs, seenMs: fromMs + delay(random), endSeenMs: toMs + delay(random) };
  });
  const claims = fault === "claiming_provider";
  // Both have booked the first increment. `from` is where the present run begins in the log.
  let [paid, booked] = [1, 1];
  let [printed, from, received] = [0, 0, 0];
  let over = false;
  let aheadSince = Infinity;
  let part: { readonly atMs: number; readonly toByte: number } | null = null;
  let askedAtMs = Infinity;
  let payAtMs = Infinity;
  let [buyerRisk, providerRisk, printedAhead] = [0, 0, 0];
  let end: OutputCame["end"] = "timeout";
  const isDown = (buyer: boolean, nowMs: number) =>
    deaths.some((each) => each.buyer === buyer && nowMs >= each.at && nowMs < each.at + each.forMs);
  for (let nowMs = 0; nowMs < TIMEOUT_MS; nowMs += TICK_MS) {
    const isPaused = pauses.some((each) => nowMs >= each.fromMs && nowMs < each.toMs);
    const standsStill = pauses.some((each) => nowMs >= each.seenMs && nowMs < each.endSeenMs);
    for (const { at, buyer } of deaths) {
      if (at < nowMs || at >= nowMs + TICK_MS) continue;
      // What the buyer received and both booked is durable. A packet under way is lost with either.
      part = null;
      [askedAtMs, payAtMs] = [Infinity, payAtMs === Infinity ? Infinity : nowMs];
      if (buyer) continue;
      // The run begins again, and its output follows in the log. It owes nothing for its earlier output.
      [from, printed, over, aheadSince] = [from + printed, 0, false, Infinity];
    }
    const lives = !isDown(false, nowMs);
    const ahead = rule !== "no_standstill" && printed >= sendsUntilBytes(paid, KIB);
    if (lives && !over && !standsStill && !ahead) {
      const most = isBursty ? upTo(4) === 0 ? 3 * bytesASecond : 0 : bytesASecond;
      const room = rule === "no_standstill"
        ? Infinity
        : sendsUntilBytes(paid, KIB) + PIPE_BYTES - printed;
      printed += Math.min(Math.ceil(most * TICK_MS / 1_000), outputBytes - printed, room);
      over = printed >= outputBytes;
    }
    printedAhead = Math.max(printedAhead, printed / INCREMENT - paid);
    const owed = begunByOutput(printed, KIB);
    if (lives && over && (paid >= owed || rule === "result_first")) {
      end = "result";
      providerRisk = Math.max(providerRisk, printed / INCREMENT - paid);
      break;
    }
    const waits = over || printed >= sendsUntilBytes(paid, KIB);
    aheadSince = waits && paid < owed && !standsStill ? Math.min(aheadSince, nowMs) : Infinity;
    if (lives && nowMs - aheadSince >= HOLD_MS) {
      end = "unpaid";
      break;
    }
    if (isDown(true, nowMs)) continue;
    // A payment that is under way arrives, is booked once, and is answered again if the answer was lost.
    if (nowMs >= payAtMs) {
      if (!lives) continue;
      [paid, booked, payAtMs] = [paid + 1, booked + 1, Infinity];
      buyerRisk = Math.max(buyerRisk, paid - received / INCREMENT);
      continue;
    }
    if (payAtMs < Infinity) continue;
    if (part !== null && nowMs >= part.atMs) {
      received = Math.max(received, part.toByte);
      part = null;
    }
    if (isPaused) continue;
    // Before a payment, the buyer asks whether it is due, once for each increment that it counted.
    if (nowMs >= askedAtMs) {
      askedAtMs = Infinity;
      const said = lives && random() < 0.95 &&
        (claims || begunByOutput(printed, KIB) > booked || rule === "own_count");
      if (said) payAtMs = nowMs + delay(random);
      continue;
    }
    if (askedAtMs < Infinity) continue;
    const counted = rule === "by_word" || isOwedByOutput(received, booked, KIB);
    if (counted && booked < Math.min(most, stopsPaying)) {
      if (nowMs % 200 === 0) askedAtMs = nowMs + delay(random);
      continue;
    }
    // It fetches the output that follows what it has, also if it does not mean to pay.
    if (part !== null || nowMs % 250 !== 0 || !lives || random() < 0.05) continue;
    const credit = rule === "no_credit" ? paid * INCREMENT : sendsUntilBytes(paid, KIB);
    const sends = rule === "no_limit" ? Infinity : from + credit;
    const toByte = Math.min(from + printed, sends, received + ANSWER_BYTES, silentAt);
    if (claims && received > INCREMENT / 2 || toByte <= received) continue;
    part = { atMs: nowMs + delay(random), toByte };
    providerRisk = Math.max(providerRisk, (toByte - from) / INCREMENT - paid);
  }
  buyerRisk = Math.max(buyerRisk, paid - Math.max(1, received / INCREMENT));
  return { end, paid, owed: begunByOutput(printed, KIB), buyerRisk, providerRisk, printedAhead };
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
