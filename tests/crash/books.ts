/**
 * The invariants when everything is at rest, checked on the disks of all three processes: docs/money.md's invariants on each leg, and one
 * outcome for each job. Rows that were checked once are not checked again, so a long run costs no more than a short one.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { AUDIT_TROUBLE_CURSOR } from "../../trail/audit/audit.ts";
import { gitText } from "../../trail/audit/git_command.ts";
import { verifyHome } from "../../trail/recovery/verify_home.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { JobKind } from "./schedule.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { checkBlobs } from "./blob_checks.ts";
import { checkConnector, checkOnce } from "./connector_checks.ts";
import { type Leg, legsOf } from "./legs.ts";
import { checkReplaced } from "./silent.ts";
import { checkStrangers } from "./strangers.ts";
import { checkDelivery, checkMeter, checkPacket, type Stores } from "./job_checks.ts";
import { channelsOf, type Place, type Role, rolesOf, WINDOW } from "./plan.ts";

const RESULT_KIND = 6600;

/** A job that the buyer was told was made. */
export interface Accepted {
  readonly jobId: string;
  readonly kind: JobKind;
}

/** Among this many of the buyer's newest jobs, the check searches for jobs that nobody asked for. */
const NEWEST = 100;

/** The books of one world. */
export class Books {
  /** By leg: the last nonce that was checked, and what was fulfilled up to it. */
  readonly #seen = new Map<Leg, { nonce: number; units: bigint }>();
  /** Obligations that were fulfilled, by leg. */
  readonly #paid = new Map<Leg, Set<string>>();
  readonly #legs: readonly Leg[];
  /** Ids of the buyer's jobs that were asked for. */
  readonly #known = new Set<string>();
  #runs = 0;

  constructor(readonly place: Pick<Place, "root" | "hops" | "pair">) {
    this.#legs = legsOf(place);
  }

  get root(): string {
    return this.place.root;
  }

  /** Throws AssertionError if an invariant is broken. */
  async check(accepted: readonly Accepted[]): Promise<void> {
    await this.#withStores(async (stores) => {
      for (const leg of this.#legs) await this.#checkLeg(leg, stores);
      const { hops, pair } = this.place;
      const payers = [...hops ? ["near" as const] : [], ...!hops || pair ? ["buyer" as const] : []];
      await checkConnector(stores.hub, payers, "provider");
      if (hops) await checkConnector(stores.near, ["customer"], "near");
      if (pair) await checkOnce(stores.buyer, this.#legs);
      const jobIds = new Set<string>();
      const kinds = new Map<string, JobKind>();
      for (const { jobId, kind } of accepted) {
        jobIds.add(jobId);
        kinds.set(jobId, kind);
        if (kind !== "compared") continue;
        const members = await stores.buyer.verificationOf(jobId);
        assert.equal(members.length, 3, `${jobId} is not compared with two others`);
        for (const member of members) jobIds.add(member.jobId);
      }
      for (const jobId of jobIds) await this.#checkJob(jobId, stores, kinds.get(jobId));
      for (const jobId of jobIds) this.#known.add(jobId);
      for (const { jobId } of await stores.buyer.listJobs({ role: "buyer", limit: NEWEST })) {
        assert.ok(this.#known.has(jobId), `${jobId} was made and nobody asked for it`);
      }
    });
    checkStrangers(`${this.root}/buyer/state.db`);
    await this.#checkRuns();
    await checkBlobs(this.root, new Set([...this.#paid.values()].flatMap((paid) => [...paid])));
  }

  /**
   * Waits until rows that the processes report as closed are closed on their disks too: a row is closed in memory
   * before its commit ends, which takes some time on a busy machine. {@link check} finds rows that are still open after
   * ten seconds.
   */
  async untilDurable(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (!await this.anyOpen()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Whether a packet is open, at its payer or at its receiver. */
  async anyOpen(): Promise<boolean> {
    return await this.#withStores(async (stores) => {
      for (const role of rolesOf(this.place)) {
        if ((await stores[role].heldIncoming()).length > 0) return true;
        for (const { channelId } of await stores[role].listPayerChannels()) {
          if ((await stores[role].openOutgoing(channelId)).length > 0) return true;
        }
      }
      return false;
    });
  }

  /** Checks that the audit trails agree with the journals, and that git finds no fault in them. */
  async checkTrails(): Promise<void> {
    await this.#withStores(async (stores) => {
      for (const role of ["buyer", "provider"] as const) {
        const folder = `${this.root}/${role}`;
        const place = { folder, path: Deno.env.get("PATH") ?? "" };
        const report = await verifyHome({ place, store: stores[role], clock: Date.now });
        assert.equal(report.difference, null, `${role}: ${JSON.stringify(report.difference)}`);
        const { sources, behind, entries, commits, lines } = report;
        assert.deepEqual(sources, { journal: "read", log: "read", git: "read" }, role);
        assert.equal(behind, 0, `${role}: the trail is behind`);
        assert.deepEqual([commits, lines], [entries, entries], `${role}: entries are missing`);
        assert.equal(await gitText(place, ["status", "--porcelain"]), "", `${role}: not clean`);
      }
    });
  }

  /** What is not at rest, for people. */
  async unrest(): Promise<string> {
    return await this.#withStores(async (stores) => {
      const told: string[] = [];
      for (const role of rolesOf(this.place)) {
        for (const { jobId, status, errorCode } of await stores[role].listJobs({ limit: 20 })) {
          if (status !== "success") told.push(`${role} ${jobId} ${status} ${errorCode ?? ""}`);
        }
        for (const { outboxId, purpose, jobId } of await stores[role].pendingOutbox(0, 20, 0)) {
          told.push(`${role} outbox ${outboxId} ${purpose} ${jobId}`);
        }
        for (const { channelId } of await stores[role].listPayerChannels()) {
          for (const { nonce, obligation } of await stores[role].openOutgoing(channelId)) {
            told.push(`${role} open ${nonce} ${obligation}`);
          }
        }
        for (const { nonce, obligation } of await stores[role].heldIncoming()) {
          told.push(`${role} held ${nonce} ${obligation}`);
        }
        const trouble = await stores[role].cursor(AUDIT_TROUBLE_CURSOR);
        if (trouble) told.push(`${role} audit ${trouble}`);
      }
      return told.join("; ") || "all books are at rest";
    });
  }

  async #withStores<T>(look: (stores: Stores) => Promise<T>): Promise<T> {
    const open = (role: Role) =>
      openSqliteStore({ folder: `${this.root}/${role}`, clock: Date.now, readOnly: true });
    const stores: Stores = {
      buyer: await open("buyer"),
      provider: await open("provider"),
      hub: await open("hub"),
      near: await open(this.place.hops ? "near" : "hub"),
    };
    try {
      return await look(stores);
    } finally {
      for (const store of Object.values(stores)) await store.close();
    }
  }

  async #checkLeg(leg: Leg, stores: Stores): Promise<void> {
    const name = `${leg.from} to ${leg.to}`;
    const { channelId } = channelsOf(await loadSecp256k1())[leg.channel];
    const payer = await stores[leg.from].payerChannel(channelId);
    const receiver = await stores[leg.to].receiverChannel(channelId);
    if (payer === null) {
      assert.equal(receiver, null, `${name}: credited without a payer's row`);
      return;
    }
    assert.ok(payer.signed >= (receiver?.credited ?? 0n), `${name}: credited more than signed`);
    assert.equal(payer.spent, receiver?.spent ?? 0n, `${name}: spent differs between the sides`);
    assert.ok(payer.signed - payer.spent <= WINDOW, `${name}: more at risk than the window`);
    assert.equal(payer.forfeit, 0n, `${name}: something was forfeited`);
    const open = await stores[leg.from].openOutgoing(channelId);
    const left = open.map(({ nonce, obligation }) => `${nonce} ${obligation}`);
    assert.deepEqual(left, [], `${name}: open rows after quiet`);
    const held = await stores[leg.to].heldIncoming(channelId);
    assert.equal(held.length, 0, `${name}: held rows after quiet`);
    const watermark = receiver?.watermark ?? 0;
    assert.ok(payer.nonce >= watermark, `${name}: a nonce that was never issued`);
    const seen = this.#seen.get(leg) ?? { nonce: 0, units: 0n };
    const paid = this.#paid.get(leg) ?? new Set();
    while (seen.nonce < payer.nonce) {
      seen.nonce++;
      const sent = await stores[leg.from].outgoing(channelId, seen.nonce);
      const came = await stores[leg.to].incoming(channelId, seen.nonce);
      checkPacket(`${name}, nonce ${seen.nonce}`, sent, came);
      if (sent?.state !== "fulfilled") continue;
      seen.units += sent.amount;
      assert.ok(!paid.has(sent.obligation), `${name}: ${sent.obligation} was paid twice`);
      paid.add(sent.obligation);
    }
    assert.equal(payer.spent, seen.units, `${name}: spent is not the sum of what was fulfilled`);
    this.#seen.set(leg, seen);
    this.#paid.set(leg, paid);
  }

  /** The obligations that a party fulfilled, over all its legs. */
  #paidBy(role: Role): Set<string> {
    const legs = this.#legs.filter(({ from }) => from === role);
    return new Set(legs.flatMap((leg) => [...this.#paid.get(leg) ?? []]));
  }

  async #checkJob(jobId: string, stores: Stores, kind: JobKind | undefined): Promise<void> {
    const job = await stores.buyer.getJob(jobId, "buyer");
    assert.ok(job, `${jobId} was accepted and is gone`);
    const paid = this.#paidBy("buyer");
    const posted = paid.has(`write:${job.eventId}`);
    const settled = paid.has(`job:${job.eventId}`);
    const served = await stores.provider.getJobByEvent(job.eventId, "provider");
    const results = this.#resultsOf(job.eventId);
    assert.equal(settled, served?.jobPaid ?? false, `${jobId}: paid at one side only`);
    assert.equal(job.jobPaid, settled, `${jobId}: its row does not say what was paid`);
    const meter = await stores.buyer.meterOf(job.eventId, "buyer");
    // A busy machine may pay late: then the run is stopped, and both sides have booked what was paid.
    if (meter !== null && job.status === "error" && job.errorCode === "increment_unpaid") {
      assert.equal(results.length, 0, `${jobId} was stopped and has a result`);
      return await checkMeter(job, served, stores, paid);
    }
    if (job.status !== "success") {
      // Refused before it was paid: its packet expired while the receiver was down.
      assert.equal(job.status, "refused", `${jobId} ended as ${job.status} (${job.errorMessage})`);
      assert.ok(!settled, `${jobId} was paid and ended as refused`);
      assert.equal(results.length, 0, `${jobId} was refused and has a result`);
      // Nobody sends a wrong request here, so an F06 is about a claim: a new claim is due then.
      assert.notEqual(job.errorCode, "F06", `${jobId} was refused because of a claim`);
      return;
    }
    assert.ok(posted && settled, `${jobId} succeeded without being paid`);
    assert.equal(served?.status, "success", `${jobId} ended as ${served?.status} at its provider`);
    assert.equal(results.length, 1, `${jobId} has ${results.length} results on the relay`);
    assert.equal(results[0], job.resultEventId, `${jobId}: another result than the relay's`);
    if (kind === "silent") return await checkReplaced(job, served, stores.buyer, paid);
    if (kind === "quoted") {
      const { amountUnits } = job;
      assert.ok(amountUnits > 0n, `${jobId}: its row does not say what its quote costs`);
      return assert.equal(
        amountUnits,
        served!.amountUnits,
        `${jobId}: the sides booked other sums`,
      );
    }
    if (await stores.buyer.quoteOf(job.eventId) === null) return;
    if (meter !== null) return await checkMeter(job, served, stores, paid);
    assert.ok(paid.has(`delivery:${job.eventId}`), `${jobId} is open and its key was not paid for`);
    await checkDelivery(job, served, stores);
  }

  #resultsOf(eventId: string): string[] {
    const relay = new DatabaseSync(`${this.root}/hub/relay.db`, { readOnly: true });
    try {
      return relay.prepare(
        "SELECT events.id FROM events JOIN event_tags USING (seq) WHERE kind = ? AND name = 'e' AND value = ?",
      ).all(RESULT_KIND, eventId).map(({ id }) => String(id));
    } finally {
      relay.close();
    }
  }

  /** A job that starts again does so under the same id with a higher attempt. */
  async #checkRuns(): Promise<void> {
    const text = await Deno.readTextFile(`${this.root}/runs.jsonl`).catch(() => "");
    const runs = text.trim().split("\n").filter((line) => line !== "").map((line) =>
      JSON.parse(line) as { readonly jobId: string; readonly attempt: number }
    );
    const last = new Map<string, number>();
    for (const { jobId, attempt } of runs) {
      assert.ok(attempt > (last.get(jobId) ?? 0), `${jobId} ran twice as attempt ${attempt}`);
      last.set(jobId, attempt);
    }
    assert.ok(runs.length >= this.#runs);
    this.#runs = runs.length;
  }
}
