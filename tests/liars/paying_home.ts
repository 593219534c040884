/**
 * A buyer of a market of all payment modes: it asks for quotes, pays over a channel to each provider, fetches output, accepts answers and
 * buys keys, all with the program's own stages. It may vanish: then nothing of it is sent any more.
 */
import type { BtpSession } from "../../peers/connector/btp_session.ts";
import { sendProbe } from "../../peers/connector/probe.ts";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { intake } from "../../market/intake.ts";
import { rowsOf } from "../../market/job_rows.ts";
import { jobLogReader } from "../../market/logs/job_log_reader.ts";
import { openResult } from "../../market/open_result.ts";
import { askQuotes, type QuoteAnswer } from "../../market/quotes/ask_quotes.ts";
import { CommitLane } from "../../money/claims/commit_lane.ts";
import type { PacketLink } from "../../money/claims/packet_link.ts";
import type { Chain, ChannelFacts } from "../../money/evm/chain.ts";
import { channelClaims } from "../../money/payer/claim_source.ts";
import { Payer } from "../../money/payer/payer.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";
import { SpendingGuard } from "../../money/payer/spending_limits.ts";
import { eventSigner } from "../../stages/event_signer.ts";
import { jobSource } from "../../stages/job_source.ts";
import { prepareSink } from "../../stages/prepare_sink.ts";
import type { StageContext } from "../../stages/stage.ts";
import { toonEncoder } from "../../stages/toon_encoder.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { VirtualTime } from "../money/payer/sim/virtual_time.ts";
import { risksNoMore } from "../../protocols/nostr/announced_price.ts";
import { quotedParts } from "../../market/quotes/quoted_parts.ts";
import {
  ASSET,
  CHAIN,
  FLAT_UNITS,
  INCREMENTS,
  LEAST_UNITS,
  type Party,
  type PayMode,
} from "./paying_parties.ts";
import type { PayingProvider } from "./paying_provider.ts";
import { answerTaker } from "./accepted_answer.ts";

/** What it may pay in a day, without a history of those whom it pays. */
const LIMITS = {
  jobUnits: 1_000_000n,
  providerDayUnits: 10_000_000n,
  strangersDayUnits: 1_000_000n,
};
/** The most increments of a job. */
export const MOST_INCREMENTS = 8;
const verifier = await createVerifier();

/** A buyer at work. */
export class PayingHome {
  readonly #payers = new Map<string, { readonly payer: Payer; readonly at: PayingProvider }>();
  readonly #context: StageContext;
  /** Takes an answer to one of its jobs. */
  readonly take: ReturnType<typeof answerTaker>;
  readonly #guard: SpendingGuard;
  readonly #lane: CommitLane;

  private constructor(
    readonly party: Party,
    readonly time: VirtualTime,
    readonly chain: Chain,
  ) {
    this.#context = {
      clock: () => time.nowMs,
      log: () => undefined,
      count: () => undefined,
      signal: new AbortController().signal,
      settlements: { settle: () => undefined, onSettled: () => undefined },
    };
    this.take = answerTaker(party.store, this.#context);
    this.#guard = new SpendingGuard(LIMITS, party.store);
    this.#lane = new CommitLane(party.store);
  }

  static async open(
    party: Party,
    time: VirtualTime,
    chain: Chain,
    providers: readonly { readonly at: PayingProvider; readonly channel: ChannelFacts }[],
  ): Promise<PayingHome> {
    const home = new PayingHome(party, time, chain);
    for (const { at, channel } of providers) {
      home.#payers.set(at.ilpAddress, { at, payer: await home.#payerTo(at, channel) });
    }
    return home;
  }

  get pubkey(): Pubkey {
    return this.party.pubkey;
  }

  /** Asks these providers for quotes. */
  async quotesOf(
    providers: readonly PayingProvider[],
    input: string,
    mode: PayMode,
    timeoutS: number,
  ) {
    const { build, assign } = intake({ clock: () => this.time.nowMs });
    const flags = {
      type: "echo",
      input,
      params: [],
      platform: null,
      tags: [],
      bidUnits: null,
      provider: null,
      relays: [],
      timeoutS,
      limitBytes: 32_000,
      payment: mode === "seconds" || mode === "kib" ? "metered" as const : mode,
    };
    const unassigned = await build(flags, this.pubkey);
    const asked = providers.map((at) => ({ at, built: assign(unassigned, at.pubkey) }));
    const { chainId, tokenNetworkAddress } = CHAIN;
    const quotes = await askQuotes(
      asked.map(({ at, built }) => ({
        provider: at.pubkey,
        ilpAddress: at.ilpAddress,
        request: built.request,
      })),
      2_000,
      {
        signer: this.party.signer,
        verifier,
        send: async (packet) => {
          const answer = await this.#sendFree(packet);
          if (answer.state === "refused") return answer.data;
          throw new Error("no answer");
        },
        asset: ASSET,
        chain: { chainId, tokenNetworkAddress },
        timers: this.time.timersOf(() => true),
      },
    );
    return asked.map((each, at) => ({ ...each, answer: quotes[at] }));
  }

  /** Whether it takes a quote, as the planning of a job does. All providers announce the same price. */
  takes({ quote }: QuoteAnswer): boolean {
    const { mode, increment } = quote!;
    const announced = increment && INCREMENTS[increment.unit === "kib" ? "kib" : "seconds"];
    const { partUnits } = quotedParts(
      FLAT_UNITS,
      { mode, isPrivate: false, ...announced && { increment: announced } },
      { open: LEAST_UNITS, wrapped: null },
    );
    return risksNoMore(quote!, { firstUnits: partUnits }, FLAT_UNITS);
  }

  /** Makes a job for one provider by its quote; its row. */
  async submit(
    { at, built, answer }: Awaited<ReturnType<PayingHome["quotesOf"]>>[number],
    timeoutS: number,
  ): Promise<JobRow> {
    const { party: { store }, time } = this;
    const { quote } = answer as QuoteAnswer & { readonly quote: NonNullable<QuoteAnswer["quote"]> };
    const jobId = await store.freeJobId(built.eventId);
    const made = rowsOf(
      { relay: null as never },
      this.pubkey,
      jobId,
      {
        built,
        provider: at.pubkey,
        payTo: at.ilpAddress,
        priceUnits: FLAT_UNITS,
        depositUnits: quote.depositUnits,
        ...quote.mode === "metered" && { increments: MOST_INCREMENTS },
        quote: answer,
        writeUnits: 0n,
        limits: {},
        candidates: [],
      },
      { type: "echo", timeoutS, bidUnits: null, callbackSkill: null },
      time.nowMs,
    );
    await store.commit([
      { op: "putJob", row: made.row, expect: "absent" },
      ...made.quote === null ? [] : [made.quote],
      ...made.meter === null ? [] : [made.meter],
      ...made.outbox.map((row) => ({ op: "addOutbox" as const, row })),
    ]);
    return made.row;
  }

  /** Sends all that waits in the outbox, through the stages of a home. What is not due yet comes again in the next call. */
  async send(): Promise<void> {
    const { party: { store, signer }, time } = this;
    if ((await store.pendingOutbox(0, 1, 0)).length === 0) return;
    const jobLogs = jobLogReader({
      signer,
      verifier,
      clock: () => time.nowMs,
      way: "packets",
      send: async (destination, data, condition) => {
        const answer = await this.#sendFree({ destination, data, condition });
        if (answer.state === "refused") return answer.data;
        throw new Error("no answer");
      },
      sleep: () => Promise.resolve(),
    });
    const sink = prepareSink({ write: "nostr", wire: "interledger" }, {
      store,
      signer,
      connector: {
        pay: (request, options) => this.#pay(request, options),
        sendFree: (request) => this.#sendFree(request),
      },
      relayReader: {
        publish: () => Promise.resolve(),
        readBack: () => Promise.resolve("shown" as const),
      },
      results: { open: openResult },
      jobLogs,
    }, this.#context);
    const signed = await eventSigner({}, { signer }, this.#context);
    await jobSource({}, { store }, this.#context)
      .pipeThrough(signed)
      .pipeThrough(await toonEncoder({ rules: "4", priceUnitsPerByte: "0" }, {}, this.#context))
      .pipeTo(sink);
  }

  /** Ends those of the jobs whose time is over. */
  async endOverdue(rows: readonly JobRow[]): Promise<void> {
    const { party: { store }, time } = this;
    for (const { jobId } of rows) {
      const row = (await store.getJob(jobId, "buyer"))!;
      if (isEnded(row.status) || time.nowMs < row.createdAtMs + row.timeoutS * 1_000) continue;
      const updatedAtMs = time.nowMs;
      const patch = { status: "timeout", errorCode: "timeout", updatedAtMs } as const;
      await store.commit([{ op: "patchJob", jobId, role: "buyer", patch }]);
    }
  }

  /** What this job's provider was paid, by the packets on the buyer's disk. */
  async paidFor({ eventId }: JobRow, most = MOST_INCREMENTS): Promise<bigint> {
    const increments = Array.from({ length: most }, (_, at) => `increment:${eventId}/${at + 1}`);
    let units = 0n;
    for (const obligation of [`job:${eventId}`, `delivery:${eventId}`, ...increments]) {
      const packets = await this.party.store.outgoingByObligation(obligation);
      for (const { state, amount } of packets) if (state !== "refused") units += amount;
    }
    return units;
  }

  async close(): Promise<void> {
    for (const { payer } of this.#payers.values()) await payer.close();
  }

  async #payerTo({ receiver }: PayingProvider, { channelId }: ChannelFacts): Promise<Payer> {
    const { party: { store, signer, pubkey }, time, chain } = this;
    const timers = time.timersOf(() => true);
    const payer = await Payer.open({ channelId, peer: "provider", peerRule: "credit" }, {
      store,
      lane: this.#lane,
      claims: channelClaims({ ...CHAIN, channelId, senderId: pubkey }, { signer, chain, timers }),
      codec: innerPackets,
      timers,
      log: () => undefined,
      spending: this.#guard,
    });
    const from = { kind: "channel", channelId } as const;
    const link: PacketLink = {
      writable: () => null,
      claimState: () => receiver.claimState(from),
      send: (packet) => receiver.receive({ ...packet, wire: "interledger" }, from),
    };
    await payer.attach(link);
    return payer;
  }

  #pay(request: Omit<PayRequest, "incoming" | "expiresAtMs">, options?: { signal?: AbortSignal }) {
    return this.#payers.get(request.destination)!.payer.pay(request, options);
  }

  #sendFree(
    request: Pick<PayRequest, "destination" | "data" | "condition">,
  ): ReturnType<typeof sendProbe> {
    const { receiver } = this.#payers.get(request.destination)!.at;
    const session = {
      request: async ({ packet }: { readonly packet: Uint8Array }) => {
        const packets = { claim: null, prepare: packet, wire: "interledger" } as const;
        const reply = await receiver.receive(packets, { kind: "channel", channelId: null });
        return { packet: reply!.packet, protocolData: [] };
      },
    } as unknown as BtpSession;
    return sendProbe(session, innerPackets, request, this.time.timersOf(() => true));
  }
}
