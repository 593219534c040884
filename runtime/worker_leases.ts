/**
 * Assigns workers to the slots of pipelines: an own worker, or one that is shared by all slots of this process that have the same
 * permissions and load the same modules.
 *
 * A shared worker that dies is not replaced: each of its holders is told, and continues in its own workers. So a document that kills a
 * worker can be found among the documents of one pipeline.
 *
 * @module
 */
import type { Heartbeat } from "./heartbeat.ts";
import { permissionsKey, type WorkerPermissions } from "./permissions.ts";
import { type Death, type Spawn, SupervisedWorker } from "./supervised_worker.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** A request for a worker. */
interface LeaseRequest {
  /** Names of the units, as messages contain them. */
  readonly units: readonly string[];
  /** Names of their stages. */
  readonly stages: readonly string[];
  /** The exact permissions of the worker. */
  readonly permissions: WorkerPermissions;
  /** Whether the worker may be shared. */
  readonly shared: boolean;
  /** Called with every message of the worker, also about units of other holders. */
  readonly onMessage: (message: FromWorker) => void;
  /** Called at most once, and never after {@link WorkerLease.stop}. */
  readonly onDeath: (death: Death) => void;
}

/** The part of a request that says which worker it is. */
type WorkerKind = Pick<LeaseRequest, "units" | "stages" | "permissions">;

/** One slot's use of a worker. */
export interface WorkerLease {
  /** Whether the worker is out of use, or this lease has ended. */
  readonly dead: boolean;
  /** Nonce of the last ping that the worker answered. */
  readonly pong: number;
  /** Records that its units are ready, so that the shorter time limit applies. */
  ready(): void;
  /** Sends a message to the worker and transfers ports. */
  post(message: ToWorker, transfer?: Transferable[]): void;
  /** Declares the worker dead for all of its holders. */
  die(reason: Death["reason"], error: unknown): void;
  /** Ends its units, and the worker if it has no other holder; waits at most a second. */
  stop(): Promise<void>;
}

/** What leases need from the supervisor. */
interface LeasesOptions {
  readonly spawn: Spawn;
  readonly heartbeat: Heartbeat;
  readonly nowMs: () => number;
  /** Stages of one group load the same modules. Only they share a worker. */
  readonly groupOf: (stage: string) => string;
}

/** The shared workers of a process, one for each set of permissions and group. */
export class WorkerLeases {
  readonly #options: LeasesOptions;
  readonly #shared = new Map<string, SharedWorker>();

  /** Makes an empty set. */
  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Stages with the same key may share a worker. */
  key(stage: string, permissions: WorkerPermissions): string {
    return `${this.#options.groupOf(stage)} ${permissionsKey(permissions)}`;
  }

  /** Returns a lease; starts a worker if necessary. */
  take(parts: LeaseRequest): WorkerLease {
    if (!parts.shared) return new SharedWorker(this.#options, parts, () => {}).leaseTo(parts);
    return this.#sharedWorker(parts).leaseTo(parts);
  }

  /** Starts a shared worker before anybody holds it, if there is none of its kind, and loads the modules of these names in it. */
  prepare(kind: WorkerKind, names: readonly string[]): void {
    this.#sharedWorker(kind).load(names);
  }

  /** Ends the workers that nobody holds. */
  async endUnused(): Promise<void> {
    await Promise.all([...this.#shared.values()].map((worker) => worker.endUnused()));
  }

  #sharedWorker(kind: WorkerKind): SharedWorker {
    const key = this.key(kind.stages[0], kind.permissions);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const made = new SharedWorker(this.#options, kind, () => {
      if (this.#shared.get(key) === made) this.#shared.delete(key);
    });
    this.#shared.set(key, made);
    return made;
  }
}

const STOP_MS = 1000;

/** A worker and its holders. */
class SharedWorker {
  readonly #worker: SupervisedWorker;
  readonly #holders = new Set<{ readonly parts: LeaseRequest; dead: boolean }>();
  /** Units that it was told to close. */
  readonly #closing = new Map<string, PromiseWithResolvers<void>>();
  readonly #heartbeat: Heartbeat;
  readonly #gone: () => void;

  constructor({ spawn, heartbeat, nowMs }: LeasesOptions, first: WorkerKind, gone: () => void) {
    this.#heartbeat = heartbeat;
    this.#gone = gone;
    this.#worker = new SupervisedWorker({
      name: first.units[0],
      spawn,
      permissions: first.permissions,
      units: first.stages,
      nowMs,
      onMessage: (message) => {
        if (message.type === "closed") return this.#closing.get(message.unit)?.resolve();
        for (const { parts } of [...this.#holders]) parts.onMessage(message);
      },
      onDeath: (death) => {
        this.#leave();
        for (const { resolve } of this.#closing.values()) resolve();
        for (const holder of [...this.#holders]) {
          holder.dead = true;
          holder.parts.onDeath(death);
        }
      },
    });
    heartbeat.add(this.#worker);
  }

  leaseTo(parts: LeaseRequest): WorkerLease {
    const worker = this.#worker;
    const holder = { parts, dead: false };
    this.#holders.add(holder);
    return {
      get dead() {
        return holder.dead;
      },
      get pong() {
        return worker.pong;
      },
      ready: () => void (worker.started = true),
      post: (message, transfer) => worker.post(message, transfer),
      die: (reason, error) => worker.die(reason, error),
      stop: async () => {
        if (holder.dead) return;
        holder.dead = true;
        this.#holders.delete(holder);
        if (this.#holders.size > 0) return await this.#close(parts.units);
        this.#leave();
        // Its answers to other holders come before its end: a worker that was told to stop is not heard any more.
        await Promise.all([...this.#closing.values()].map(({ promise }) => promise));
        await worker.stop();
      },
    };
  }

  load(names: readonly string[]): void {
    this.#worker.post({ type: "load", names });
  }

  async endUnused(): Promise<void> {
    if (this.#holders.size > 0) return;
    this.#leave();
    await this.#worker.stop();
  }

  #leave(): void {
    this.#heartbeat.remove(this.#worker);
    this.#gone();
  }

  /** Ends some of its units; the others continue. */
  async #close(units: readonly string[]): Promise<void> {
    await Promise.all(units.map(async (unit) => {
      const closing = Promise.withResolvers<void>();
      this.#closing.set(unit, closing);
      this.#worker.post({ type: "close", unit });
      const timer = setTimeout(closing.resolve, STOP_MS);
      await closing.promise;
      clearTimeout(timer);
      this.#closing.delete(unit);
    }));
  }
}
