/**
 * A market of all payment modes with liars, by seed: five providers, one or two of them dishonest, a buyer that has every job done by three
 * of them (`2of3`), and a buyer that vanishes in the middle of its jobs. Quotes, channels, claims, packets, meters, sales of keys, accepting
 * of answers and comparing are the program's own. Time is virtual, and events are passed directly.
 */
import assert from "node:assert/strict";
import { answerMark } from "../../market/answer_mark.ts";
import { groupOfMark } from "../../market/comparators.ts";
import { verdictOf } from "../../market/verdict.ts";
import { fixedChain } from "../../money/evm/fixed_chain.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { parseEvent, type Pubkey } from "../../protocols/nostr/event.ts";
import { readQuote } from "../../protocols/nostr/job_quote.ts";
import { owedIncrements } from "../../protocols/nostr/metered.ts";
import type { JobRow } from "../../store/job_row.ts";
import { VirtualTime } from "../money/payer/sim/virtual_time.ts";
import { randomOf } from "./parties.ts";
import { PayingHome } from "./paying_home.ts";
import {
  channelBetween,
  FLAT_UNITS,
  keyOf,
  LIES,
  MODES,
  openParty,
  type PayMode,
  WORK,
} from "./paying_parties.ts";
import { PayingProvider } from "./paying_provider.ts";
import { buyerLoss, type JobLoss, NO_LOSS, providerLoss, usedUp } from "./paying_losses.ts";

const PROVIDERS = 5;
const RULE = { needed: 2, count: 3 };
const TIMEOUT_S = 40;
/** The first part of the announced price: a quarter, which is above the price of the least result. */
const FIRST_UNITS = FLAT_UNITS / 4n;
/** A provider waits for a minute for the last increment, so after that nothing moves any more. */
const MOST_SECONDS = TIMEOUT_S + 80;
const STEPS_A_SECOND = 2;

/** The outcome of a market. */
export interface PayingOutcome {
  readonly losses: readonly JobLoss[];
  readonly right: number;
  readonly wrong: number;
  readonly none: number;
  /** Keys that did not open their results, with the proof at the buyer. */
  readonly provenKeys: number;
  /** Quotes on delivery that a provider refused to a buyer that owes it a payment. */
  readonly refusedDebtors: number;
  /** Quotes that ask for nearly the whole price before the run. Nobody takes them. */
  readonly notTaken: number;
}

/** Runs the market of a seed: a job of each mode, and one of each mode whose buyer vanishes. */
export async function runPayingMarket(seed: number): Promise<PayingOutcome> {
  const random = randomOf(seed);
  const time = new VirtualTime(seed);
  const lies = Array.from({ length: 1 + random(2) }, () => LIES[random(LIES.length)]);
  const names = Array.from({ length: PROVIDERS }, (_, at) => keyOf(seed, `provider ${at}`));
  const buyers = [keyOf(seed, "buyer"), keyOf(seed, "vanishing buyer")];
  const chain = fixedChain(
    buyers.flatMap((buyer) => names.map((key) => channelBetween(buyer, key))),
  );
  await using stack = new AsyncDisposableStack();
  const providers: PayingProvider[] = [];
  for (const [at, key] of names.entries()) {
    const party = stack.use(await openParty(key, time));
    providers.push(await PayingProvider.open(party, lies[at] ?? null, time, chain));
  }
  const homes: PayingHome[] = [];
  for (const key of buyers) {
    const party = stack.use(await openParty(key, time));
    const ways = providers.map((at) => ({ at, channel: channelBetween(key, at.party.key) }));
    const home = await PayingHome.open(party, time, chain, ways);
    stack.defer(() => home.close());
    homes.push(home);
  }
  return await new PayingMarket(time, random, providers, homes).run();
}

class PayingMarket {
  readonly #losses: JobLoss[] = [];
  readonly #sums = {
    right: 0,
    wrong: 0,
    none: 0,
    provenKeys: 0,
    refusedDebtors: 0,
    notTaken: 0,
  };
  readonly #blamed = new Set<string>();

  constructor(
    readonly time: VirtualTime,
    readonly random: (below: number) => number,
    readonly providers: readonly PayingProvider[],
    readonly homes: readonly PayingHome[],
  ) {}

  async run(): Promise<PayingOutcome> {
    const [buyer, vanishing] = this.homes;
    for (const mode of MODES) await this.#job(buyer, mode, `right ${mode}`, null);
    // It takes its time until it vanishes: before the first increment is used up, and later.
    for (const mode of MODES) {
      await this.#job(vanishing, mode, `gone ${mode}`, 1 + this.random(WORK.ms / 1_000 + 4));
    }
    // Nobody sells to it on delivery now that owes a payment. It comes once more.
    await this.#job(vanishing, "on-delivery", "gone again", 30);
    return { losses: this.#losses, ...this.#sums };
  }

  async #job(home: PayingHome, mode: PayMode, right: string, goneAfterS: number | null) {
    const { time } = this;
    time.nowMs += 10_000_000;
    const chosen = this.#choose();
    for (const provider of this.providers) provider.mode = mode;
    const quotes = await home.quotesOf(chosen, right, mode, TIMEOUT_S);
    const offered = quotes.filter(({ answer }) => answer.quote !== null);
    const wanted = mode === "seconds" || mode === "kib" ? "metered" : mode;
    this.#sums.refusedDebtors +=
      quotes.filter(({ at, answer }) => at.lie === null && answer.quote === null).length;
    if (goneAfterS === null) {
      assert.equal(offered.length, chosen.length, "a buyer in good standing");
    }
    const rows: JobRow[] = [];
    for (const quote of offered) {
      const { mode: quoted, depositUnits } = quote.answer.quote!;
      assert.equal(quoted, wanted);
      if (!home.takes(quote.answer)) {
        this.#sums.notTaken++;
        continue;
      }
      if (quoted !== "upfront") assert.ok(depositUnits <= FIRST_UNITS, "the first part");
      rows.push(await home.submit(quote, TIMEOUT_S));
    }
    const requests = new Map(rows.map((row) => [row.provider as Pubkey, row]));
    for (const provider of this.providers) {
      provider.answers.length = 0;
      provider.asked({ right, timeoutS: TIMEOUT_S, requests });
    }
    await this.#live(home, rows, goneAfterS);
    for (const row of rows) await this.#count(home, row, mode, right, goneAfterS !== null);
    if (goneAfterS === null) await this.#compare(home, rows, right);
  }

  /** Everybody acts for a while, a part of a second at a time, until nothing is open. */
  async #live(home: PayingHome, rows: readonly JobRow[], goneAfterS: number | null) {
    const { time, providers } = this;
    const fromMs = time.nowMs;
    const busy = providers.filter(({ pubkey }) => rows.some(({ provider }) => provider === pubkey));
    for (let at = 0; at < MOST_SECONDS * STEPS_A_SECOND; at++) {
      const isHere = goneAfterS === null || time.nowMs - fromMs < goneAfterS * 1_000;
      if (isHere) {
        for (const provider of providers) {
          const come = provider.answers.filter(({ atMs }) => atMs <= time.nowMs);
          for (const answer of come) {
            provider.answers.splice(provider.answers.indexOf(answer), 1);
            await home.take(answer.event);
          }
        }
        await home.endOverdue(rows);
        await home.send();
      }
      for (const provider of busy) await provider.step();
      await time.run(time.nowMs + 1_000 / STEPS_A_SECOND);
      if (await this.#isQuiet(home, rows, isHere, at)) return;
    }
  }

  async #isQuiet(home: PayingHome, rows: readonly JobRow[], isHere: boolean, at: number) {
    if (at < STEPS_A_SECOND || this.providers.some(({ isBusy }) => isBusy)) return false;
    if (!isHere) return true;
    const { store } = home.party;
    for (const { jobId } of rows) {
      if (!isEnded((await store.getJob(jobId, "buyer"))!.status)) return false;
    }
    return true;
  }

  /** Three providers that were not shown to lie, in an order of the seed. */
  #choose(): PayingProvider[] {
    const trusted = this.providers.filter(({ pubkey }) => !this.#blamed.has(pubkey))
      .map((at) => ({ at, lot: this.random(1_000) }))
      .sort((a, b) => a.lot - b.lot);
    return trusted.slice(0, RULE.count).map(({ at }) => at);
  }

  async #count(home: PayingHome, made: JobRow, mode: PayMode, right: string, vanished: boolean) {
    const { store } = home.party;
    const at = this.providers.find(({ pubkey }) => pubkey === made.provider)!;
    const row = (await store.getJob(made.jobId, "buyer"))!;
    const stored = (await store.quoteOf(row.eventId))!;
    const quote = readQuote(parseEvent(JSON.parse(new TextDecoder().decode(stored.quote))));
    const paidUnits = await home.paidFor(row);
    const content = contentOf(row);
    const sale = await store.sealedOf(row.eventId, "buyer");
    if (sale?.state === "broken") {
      assert.ok((await store.keyBreakers()).includes(at.pubkey), "the proof is kept");
      this.#sums.provenKeys++;
      this.#blamed.add(at.pubkey);
    }
    const isDelivered = row.status === "success" && content === right;
    const used = await this.#used(at, row, home);
    const spent = {
      quote,
      paidUnits,
      passedMs: this.time.nowMs - made.createdAtMs,
      broken: sale?.state === "broken",
      content: content !== null,
      ...used,
    };
    this.#losses.push({
      mode,
      lie: at.lie,
      vanished,
      ...vanished ? { buyerUnits: 0n, buyerMostUnits: 0n } : buyerLoss(spent, mode, isDelivered),
      ...at.lie === null ? providerLoss(spent, mode) : NO_LOSS,
      delivered: isDelivered,
      paidUnits,
    });
  }

  /** What the provider's own disk says of its run, and whether its sealed result waits for its payment. */
  async #used(
    { party: { store }, lie }: PayingProvider,
    { eventId, jobId }: JobRow,
    home: PayingHome,
  ) {
    const meter = await store.meterOf(eventId, "provider");
    const sale = await store.sealedOf(eventId, "provider");
    const { endBytes } = await home.party.store.jobLog(jobId, "buyer", Number.MAX_SAFE_INTEGER, 0);
    const ran = meter !== null && lie !== "claims";
    return {
      claims: lie === "claims",
      begun: ran ? owedIncrements(meter) : 0,
      used: ran ? usedUp(meter) : 0,
      receivedBytes: endBytes,
      isOwed: sale?.state === "waiting",
    };
  }

  async #compare(home: PayingHome, made: readonly JobRow[], right: string) {
    const { store } = home.party;
    const rows = await Promise.all(
      made.map(async ({ jobId }) => (await store.getJob(jobId, "buyer"))!),
    );
    const { state, agreed, dissent } = verdictOf(
      RULE,
      rows.map((row) => {
        const mark = row.result && row.status === "success" && answerMark(row.kind, row.result);
        const open = !isEnded(row.status);
        return {
          row,
          provider: row.provider!,
          open,
          mark: mark || null,
          group: groupOfMark(mark || null),
        };
      }),
    );
    if (state !== "agreed") return void this.#sums.none++;
    for (const { provider } of dissent) this.#blamed.add(provider);
    if (contentOf(agreed[0].row) === right) this.#sums.right++;
    else this.#sums.wrong++;
  }
}

function contentOf({ result, status }: JobRow): string | null {
  if (result === null || status !== "success") return null;
  return JSON.parse(new TextDecoder().decode(result)).content;
}
