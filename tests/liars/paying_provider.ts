/**
 * A provider of a market of all payment modes. Its receiver, its terminals, its quotes, its meter and the sale of its results are the
 * program's own; only its work is made up, and what it does if it lies.
 */
import { recoverBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { balanceProofOf } from "../../protocols/evm/claim.ts";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { isAnswered } from "../../protocols/job_status.ts";
import type { NostrEvent, Pubkey } from "../../protocols/nostr/event.ts";
import { sealResult } from "../../protocols/nostr/sealed_result.ts";
import { signEvent } from "../../protocols/nostr/sign.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { feedbackTemplate, resultTemplate } from "../../market/respond.ts";
import { onDelivery, sealedAnswer } from "../../market/sealed_answer.ts";
import type { Chain } from "../../money/evm/chain.ts";
import { CommitLane } from "../../money/claims/commit_lane.ts";
import { terminalDelivery } from "../../money/receiver/delivery.ts";
import { Receiver } from "../../money/receiver/receiver.ts";
import { runMeter } from "../../stages/skill_sink_meter.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { VirtualTime } from "../money/payer/sim/virtual_time.ts";
import { onlyClaims, storeOutput } from "./paying_output.ts";
import { payingTerminal } from "./paying_terminal.ts";
import { CHAIN, type Lie, type Party, type PayMode, secp, WORK } from "./paying_parties.ts";

/** What a provider publishes, and when it can be read. */
export interface Answer {
  readonly event: NostrEvent;
  readonly atMs: number;
}

/** A job that several providers run. */
export interface AskedJob {
  readonly right: string;
  readonly timeoutS: number;
  /** The requests of all its providers. */
  readonly requests: ReadonlyMap<Pubkey, JobRow>;
}

/** A run of a job: advanced by a part of a second, until it has ended. */
interface Run {
  readonly row: JobRow;
  step(): Promise<boolean>;
}

const never = new AbortController().signal;

/** A provider at work. */
export class PayingProvider {
  readonly answers: Answer[] = [];
  /** How the jobs of this moment are paid. */
  mode: PayMode = "upfront";
  /** Whether the sealed result of the present job is published. */
  sold = false;
  /** Run of this moment. */
  #run: Run | null = null;
  /** The job of this moment. */
  #job: AskedJob | null = null;
  receiver!: Receiver;

  private constructor(
    readonly party: Party,
    readonly lie: Lie | null,
    readonly time: VirtualTime,
  ) {}

  static async open(
    party: Party,
    lie: Lie | null,
    time: VirtualTime,
    chain: Chain,
  ): Promise<PayingProvider> {
    const made = new PayingProvider(party, lie, time);
    const { store } = party;
    made.receiver = await Receiver.open({
      ilpAddress: made.ilpAddress,
      paymentAddress: party.address,
      tokenAddress: CHAIN.tokenAddress,
      freePackets: [100_000, 100_000],
    }, {
      store,
      lane: new CommitLane(store),
      chain,
      timers: time.timersOf(() => true),
      log: () => undefined,
      codec: innerPackets,
      delivery: terminalDelivery(payingTerminal(made)),
      recover: (claim) => {
        const { domain, proof } = balanceProofOf(claim);
        return recoverBalanceProof(secp, domain, proof, claim.signature);
      },
    });
    return made;
  }

  get pubkey(): Pubkey {
    return this.party.pubkey;
  }

  get ilpAddress(): string {
    return `g.${this.pubkey.slice(0, 8)}`;
  }

  /** Whether a run is under way. */
  get isBusy(): boolean {
    return this.#run !== null;
  }

  /** From now on it works on this job. */
  asked(job: AskedJob): void {
    this.#job = job;
    this.#run = null;
  }

  /** Begins the job when it is paid, and goes on with it. */
  async step(): Promise<void> {
    const job = this.#job;
    if (job === null) return;
    if (this.#run === null) {
      const mine = job.requests.get(this.pubkey);
      const row = mine && await this.party.store.getJobByEvent(mine.eventId, "provider");
      if (!row || !row.jobPaid || row.status === "processing" || isAnswered(row.status)) return;
      await this.#patch(row, { status: "processing" });
      this.#run = { row, step: await this.#begin(row, job) };
    }
    if (!await this.#run.step()) this.#run = null;
  }

  async #begin(row: JobRow, job: AskedJob): Promise<() => Promise<boolean>> {
    const { lie } = this;
    const over = () => Promise.resolve(false);
    this.sold = false;
    if (lie === "claims") return onlyClaims(this, row);
    if (lie === "takes money") {
      const request = requestOf(row);
      this.#publish(
        feedbackTemplate(request, "error", { content: "no", code: "failed" }, this.#respond(row)),
      );
      return over;
    }
    if (lie === "answers for others") {
      for (const [pubkey, other] of job.requests) {
        const event = this.#publish(
          resultTemplate(requestOf(other), success("for you"), this.#respond(other)),
        );
        this.answers.push({ event: { ...event, pubkey }, atMs: this.time.nowMs });
      }
      return over;
    }
    const fits = {
      "silent": false,
      "raises": false,
      "asks at once": false,
      "broken key": this.mode === "on-delivery",
      "keeps key": this.mode === "on-delivery",
      "stops": this.mode === "seconds" || this.mode === "kib",
    } as Readonly<Record<string, boolean>>;
    if (lie !== null && fits[lie] === false) return over;
    return await this.#work(row, job);
  }

  /** Works as an honest provider does, with what a liar does at its end. */
  async #work(row: JobRow, job: AskedJob): Promise<() => Promise<boolean>> {
    const { party: { store }, time, lie } = this;
    const meter = await runMeter(
      store,
      row,
      () => time.nowMs,
      (ms, task) => time.after(ms, task),
    );
    const startMs = time.nowMs;
    let bytes = 0;
    let ended: Promise<unknown> | null = null;
    let isOver = false;
    const end = async () => {
      const why = await meter?.end(true, never) ?? null;
      await (why === null ? this.#give(row, job) : this.#fail(row, why));
    };
    return async () => {
      if (isOver) {
        meter?.[Symbol.dispose]();
        return false;
      }
      if (ended !== null) return true;
      const paid = (await store.meterOf(row.eventId, "provider"))?.paid ?? 0;
      // It took one increment more than it needed to begin.
      if (lie === "stops" && paid >= 2) {
        meter?.[Symbol.dispose]();
        return false;
      }
      if (meter?.signal.aborted !== true) {
        const done = this.mode === "kib" ? bytes >= WORK.bytes : time.nowMs - startMs >= WORK.ms;
        if (this.mode === "kib" && !done && !meter!.pausing.isPaused) {
          const size = Math.min(WORK.stepBytes, WORK.bytes - bytes);
          meter!.printed(size);
          await storeOutput(this.party.store, row, bytes, size);
          bytes += size;
        }
        if (!done) return true;
      }
      ended = end().finally(() => isOver = true);
      return true;
    };
  }

  async #give(row: JobRow, job: AskedJob): Promise<void> {
    const { party: { store, signer }, time, lie } = this;
    const request = requestOf(row);
    const outcome = success(
      lie === "wrong" || lie === "late" ? `a lie of ${this.pubkey}` : job.right,
    );
    const quote = onDelivery(await store.quoteOf(row.eventId));
    const options = this.#respond(row);
    const answer = quote === null
      ? { result: resultTemplate(request, outcome, options), sale: null }
      : await sealedAnswer(request, outcome, quote, options, signer);
    const lateMs = lie === "late" ? (job.timeoutS + 60) * 1_000 : 0;
    let { result } = answer;
    if (lie === "broken key" && quote !== null) {
      // Sealed under another key than the one that it sells.
      const { content } = sealResult({ content: "nothing", tags: [] }, new Uint8Array(32).fill(1), {
        salt: new Uint8Array(32),
        nonce: new Uint8Array(12),
      });
      result = { ...result, content };
    }
    this.sold = true;
    await store.commit([
      this.#patched(row, { status: "success" }),
      ...answer.sale === null ? [] : [{ op: "putSealed" as const, row: answer.sale }],
    ]);
    this.#publish(result, time.nowMs + lateMs);
  }

  async #fail(row: JobRow, code: string): Promise<void> {
    await this.#patch(row, { status: "error", errorCode: code });
    const words = { content: "it was stopped", code };
    this.#publish(feedbackTemplate(requestOf(row), "error", words, this.#respond(row)));
  }

  #publish(template: ReturnType<typeof resultTemplate>, atMs = this.time.nowMs): NostrEvent {
    const event = signEvent(template, this.party.key, new Uint8Array(32));
    this.answers.push({ event, atMs });
    return event;
  }

  #respond({ amountUnits }: JobRow) {
    const nowS = Math.floor(this.time.nowMs / 1_000);
    return { nowS, provider: this.pubkey, amountUnits, limitBytes: 32_000 };
  }

  #patched(row: JobRow, patch: Partial<JobRow>) {
    const updatedAtMs = this.time.nowMs;
    const { jobId } = row;
    return { op: "patchJob", jobId, role: "provider", patch: { ...patch, updatedAtMs } } as const;
  }

  async #patch(row: JobRow, patch: Partial<JobRow>): Promise<void> {
    await this.party.store.commit([this.#patched(row, patch)]);
  }
}

function success(content: string) {
  return { status: "success", content, durationMs: 1 } as const;
}

/** The request of a job. The buyer's row of another provider's job has no signature. */
function requestOf({ request, eventId }: JobRow): NostrEvent {
  const none = { id: eventId, sig: "0".repeat(128) };
  return { ...none, ...decodeDocument(request).event as object } as NostrEvent;
}
