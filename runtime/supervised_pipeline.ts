/**
 * One supervised pipeline: its workers are started, linked, replaced one at a time, drained and ended.
 *
 * If a worker dies, only that one is replaced. All links are made anew with the next generation, the other workers drop their old links,
 * and the source sends unsettled items again. No stage data passes through here; only ports do.
 *
 * @module
 */
import { rebuildError } from "../base/ports/wire_error.ts";
import { sendLinks } from "./link_ends.ts";
import { apart, initOf, leave, type Member, membersOf } from "./members.ts";
import { type Slot, sumOfCounters, vacate } from "./members.ts";
import { type Pipeline, PipelineError, type Replacement, type Sample } from "./pipeline_spec.ts";
import { Signal } from "../base/signal.ts";
import type { Death } from "./supervised_worker.ts";
import type { Counters, FromWorker } from "./worker_messages.ts";
import { PipelineListeners } from "./pipeline_listeners.ts";
import { WorkerDeaths } from "./worker_deaths.ts";
import { RestingSink } from "./resting_sink.ts";
import type { PipelineParts } from "./pipeline_parts.ts";

/** The range of sequence numbers for one worker of the source. */
const SEQ_LIFE = 2 ** 40;
const REFRESH_MS = 1000;

/** Runs a pipeline; see {@link Pipeline}. */
export class SupervisedPipeline implements Pipeline {
  /** The name in its specification. */
  readonly name: string;
  readonly #parts: PipelineParts;
  readonly #members: Member[][];
  #slots: Slot[];
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  readonly #pongs = new Signal();
  readonly #listeners: PipelineListeners;
  readonly #deaths: WorkerDeaths;
  readonly #rest: RestingSink;
  readonly #finished = new Set<string>();
  #settled = 0;
  #sourceLife = 0;
  /** The end of the worker of a sink that rests. */
  #leaving: Promise<void> | null = null;
  #generation = 0;
  #attaching = false;
  #draining = false;
  #over = false;

  /** Starts the pipeline at once. */
  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.name = parts.spec.name;
    this.#listeners = new PipelineListeners(parts.heartbeat);
    this.#deaths = new WorkerDeaths(this.name, parts.nowMs, parts.log);
    const { members, slots } = membersOf(parts.spec, parts.definitions, parts.sharing);
    this.#members = members;
    this.#slots = slots;
    this.#rest = new RestingSink(members.at(-1)![0], parts);
    this.ready.catch(() => {});
    this.done.catch(() => {});
    void this.#reconcile();
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  async drain(deadlineMs?: number): Promise<void> {
    this.#draining = true;
    this.#tellDrain();
    if (deadlineMs === undefined) return await this.done;
    const timer = setTimeout(() => this.abort(), deadlineMs);
    try {
      await this.done;
    } finally {
      clearTimeout(timer);
    }
  }

  async abort(): Promise<void> {
    await this.#end(new PipelineError("aborted", `Cannot finish pipeline ${this.name}: aborted`));
  }

  counters(): Readonly<Record<string, Counters>> {
    return sumOfCounters(this.#members.flat());
  }

  async refresh(): Promise<Readonly<Record<string, Counters>>> {
    const nonce = this.#parts.heartbeat.ping();
    const heard = () => this.#slots.every(({ worker }) => worker === null || worker.pong >= nonce);
    await this.#pongs.until(() => this.#over || heard(), REFRESH_MS);
    return this.counters();
  }

  tap(listener: (samples: readonly Sample[]) => void, everyMs?: number): () => void {
    return this.#listeners.tap(listener, everyMs);
  }

  onReplaced(listener: (replacement: Replacement) => void): void {
    this.#listeners.onReplaced(listener);
  }

  /** Fills empty slots, then links all units. Repeats if a worker died meanwhile. */
  async #reconcile(): Promise<void> {
    if (this.#attaching) return;
    this.#attaching = true;
    const needing = () => this.#slots.filter((slot) => slot.worker === null && !slot.resting);
    while (!this.#over && needing().length > 0) {
      await this.#deaths.backOff();
      const empty = needing();
      await Promise.all(empty.map((slot) => this.#fill(slot)));
    }
    this.#attaching = false;
    if (!this.#over) this.#attach();
  }

  /** Spawns the slot's worker, and waits until its units are ready or it is dead. */
  async #fill(slot: Slot): Promise<void> {
    if (this.#over) return;
    const { leases, spec } = this.#parts;
    const settled = new Signal();
    const worker = leases.take({
      units: slot.members.map(({ unit }) => unit),
      stages: slot.members.map(({ definition }) => definition.name),
      permissions: slot.permissions,
      shared: slot.shared,
      onMessage: (message) => {
        this.#hear(slot, message);
        if (message.type === "ready") settled.wake();
      },
      onDeath: (death) => {
        this.#died(slot, death);
        settled.wake();
      },
    });
    slot.worker = worker;
    try {
      for (const member of slot.members) {
        const source = member.definition.role === "source";
        const seqBase = source ? SEQ_LIFE * this.#sourceLife++ : 0;
        if (source) this.#settled = 0;
        const { message, ports } = initOf(spec, member, seqBase);
        worker.post(message, ports);
      }
    } catch (error) {
      worker.die("failed", error);
    }
    await settled.until(() => worker.dead || slot.members.every(({ ready }) => ready));
    worker.ready();
  }

  #hear(slot: Slot, message: FromWorker): void {
    if (message.type === "pong") {
      for (const member of slot.members) {
        member.present = message.units[member.unit] ?? member.present;
        this.#listeners.sampled(member, message.samples[member.unit] ?? []);
      }
      if (!this.#draining) this.#rest.heard(slot, this.#generation);
      return this.#pongs.wake();
    }
    // A worker may only report about its own units.
    const member = "unit" in message && slot.members.find(({ unit }) => unit === message.unit);
    if (!member) return;
    switch (message.type) {
      case "ready":
        member.ready = true;
        return;
      case "log":
        return this.#parts.log(message.level, message.msg, {
          ...message.fields,
          pipeline: this.name,
          stage: member.definition.name,
        });
      case "progress":
        if (message.settled > this.#settled) this.#deaths.settled();
        this.#settled = message.settled;
        return;
      case "need": {
        const service = this.#parts.spec.services?.[message.service];
        if (service && "connect" in service) service.wake?.();
        return;
      }
      case "wanted":
        return this.#wake();
      case "rested":
        if (this.#rest.allows(slot, message, this.#generation)) this.#letRest(slot);
        return;
      case "done":
        return this.#finish(member);
      case "breach":
        return this.#breached(member, message.side, rebuildError(message.error));
    }
  }

  /** The reporting unit found its neighbour on that side broken, so the neighbour is replaced. */
  #breached(member: Member, side: "in" | "out" | "ack", error: Error): void {
    const last = this.#members.length - 1;
    const index = side === "ack" ? last : member.stageIndex + (side === "in" ? -1 : 1);
    for (const { unit } of this.#members[index] ?? []) {
      this.#slots.find(({ members }) => members.some((mate) => mate.unit === unit))
        ?.worker?.die("failed", error);
    }
  }

  #died(slot: Slot, { reason, error }: Death): void {
    const stages = slot.members.map(({ definition }) => definition.name);
    const { log, fatal } = this.#parts;
    vacate(slot);
    if (this.#over) return;
    if (slot.shared) {
      this.#slots = this.#slots.flatMap((each) => each === slot ? apart(slot) : each);
    }
    const cause = rebuildError(error);
    const { code, message } = error;
    log("error", "worker died", { pipeline: this.name, stages: stages.join(","), reason, message });
    // A unit in a shared worker may have died because of another unit. In its own worker, each unit shows whether it can start.
    if (this.#generation === 0) return slot.shared ? undefined : void this.#end(cause);
    if (!this.#deaths.add({ stages, reason, code, message })) {
      const told = `Cannot go on: ${this.#deaths.inARow} workers of ${this.name} died in a row`;
      void this.#end(new PipelineError("restarts", `${told}: ${message}`, { cause }));
      return fatal("restarts", told);
    }
    void this.#reconcile();
  }

  /** Ends the worker of a sink that has dropped its links, which are made anew without it. */
  #letRest(slot: Slot): void {
    const { worker } = slot;
    if (worker === null || this.#over || this.#attaching) return;
    slot.resting = !this.#draining;
    if (slot.resting) {
      const connections = leave(slot);
      for (const { past } of slot.members) past.rests = (past.rests ?? 0) + 1;
      this.#leaving = worker.stop().then(() => connections.forEach((each) => each.close()));
    }
    void this.#reconcile();
  }

  /** Starts a worker for a sink that rests. */
  #wake(): void {
    const slot = this.#slots.find(({ resting }) => resting);
    if (slot === undefined) return;
    slot.resting = false;
    this.#rest.woke();
    void this.#reconcile();
  }

  /** Makes all links anew and sends them to the workers. */
  #attach(): void {
    const generation = ++this.#generation;
    sendLinks(this.#members, this.#slots, { generation, calm: this.#deaths.none });
    if (generation === 1) this.#ready.resolve();
    if (this.#draining) this.#tellDrain();
    this.#tellReplaced(generation);
  }

  #tellReplaced(generation: number): void {
    const replacements = this.#deaths.replaced(generation);
    for (const replacement of replacements) this.#listeners.replaced(replacement);
    const hung = replacements.find(({ reason }) => reason === "hung");
    if (hung !== undefined) {
      this.#parts.fatal("hung", `A worker of ${hung.stages.join(", ")} hangs`);
    }
  }

  #tellDrain(): void {
    const [source] = this.#members[0];
    const slot = this.#slots.find(({ members }) => members.includes(source));
    if (this.#generation > 0) slot?.worker?.post({ type: "drain", unit: source.unit });
  }

  /** A sink that rests has nothing in hand. */
  #finish({ unit }: Member): void {
    this.#finished.add(unit);
    const [source, sink] = [this.#members[0][0], this.#members.at(-1)![0]];
    const isOver = this.#finished.has(sink.unit) || this.#slots.some(({ resting }) => resting);
    if (isOver && this.#finished.has(source.unit)) void this.#end(null);
  }

  async #end(error: Error | null): Promise<void> {
    if (this.#over) return;
    if (error === null) await this.refresh();
    if (this.#over) return;
    this.#over = true;
    this.#pongs.wake();
    const workers = this.#slots.flatMap(({ worker }) => worker ?? []);
    await Promise.all([...workers.map((worker) => worker.stop()), this.#leaving]);
    for (const slot of this.#slots) if (slot.worker !== null) vacate(slot);
    if (error === null) this.#done.resolve();
    else {
      this.#ready.reject(error);
      this.#done.reject(error);
    }
  }
}
