/**
 * Which worker a slot of a pipeline gets: one of its own, or one that it shares with every other slot of this process that has the
 * same permissions and loads the same modules.
 *
 * A shared worker that dies is not replaced: each of its holders is told and continues in its own workers. A document that kills a
 * worker can then be found among the documents of one pipeline.
 *
 * @module
 */
import type { Heartbeat } from "./heartbeat.ts";
import { permissionsKey, type WorkerPermissions } from "./permissions.ts";
import { type Death, type Spawn, SupervisedWorker } from "./supervised_worker.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** Who sits down. */
interface LeaseRequest {
  /** Names of its units, as messages carry them. */
  readonly units: readonly string[];
  /** The stages that they are. */
  readonly stages: readonly string[];
  /** Exactly what the worker may do. */
  readonly permissions: WorkerPermissions;
  /** Whether others may have the same worker. */
  readonly shared: boolean;
  /** Hears the worker, units of others included. */
  readonly onMessage: (message: FromWorker) => void;
  /** Told at most once, and never after {@link WorkerLease.stop}. */
  readonly onDeath: (death: Death) => void;
}

/** The use of a worker, by one slot. */
export interface WorkerLease {
  /** Whether the worker is out of use, or this lease was given up. */
  readonly dead: boolean;
  /** Nonce of the last ping that the worker answered. */
  readonly pong: number;
  /** Notes that its units are ready: silence is then judged by the shorter bound. */
  ready(): void;
  /** Says something to the worker, handing over ports. */
  post(message: ToWorker, transfer?: Transferable[]): void;
  /** Declares the worker dead, for all of its holders. */
  die(reason: Death["reason"], error: unknown): void;
  /** Ends its units, and the worker where nobody else has it; waits at most a second. */
  stop(): Promise<void>;
}

/** What leases need of the supervisor. */
interface LeasesOptions {
  readonly spawn: Spawn;
  readonly heartbeat: Heartbeat;
  readonly nowMs: () => number;
  /** Stages of one group load the same modules; only they share a worker. */
  readonly groupOf: (stage: string) => string;
}

/** Held: the workers of a process that are shared, one for each set of permissions and group. */
export class WorkerLeases {
  readonly #options: LeasesOptions;
  readonly #shared = new Map<string, SharedWorker>();

  /** No worker yet. */
  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Two stages with the same key may have one worker. */
  key(stage: string, permissions: WorkerPermissions): string {
    return `${this.#options.groupOf(stage)} ${permissionsKey(permissions)}`;
  }

  /** Gives a worker; starts it where there is none. */
  take(parts: LeaseRequest): WorkerLease {
    if (!parts.shared) return new SharedWorker(this.#options, parts, () => {}).leaseTo(parts);
    const key = this.key(parts.stages[0], parts.permissions);
    let worker = this.#shared.get(key);
    if (worker === undefined) {
      const made = new SharedWorker(this.#options, parts, () => {
        if (this.#shared.get(key) === made) this.#shared.delete(key);
      });
      this.#shared.set(key, worker = made);
    }
    return worker.leaseTo(parts);
  }
}

const STOP_MS = 1000;

/** A worker and its holders. */
class SharedWorker {
  readonly #worker: SupervisedWorker;
  readonly #holders = new Set<{ readonly parts: LeaseRequest; dead: boolean }>();
  readonly #closing = new Map<string, () => void>();
  readonly #heartbeat: Heartbeat;
  readonly #gone: () => void;

  constructor({ spawn, heartbeat, nowMs }: LeasesOptions, first: LeaseRequest, gone: () => void) {
    this.#heartbeat = heartbeat;
    this.#gone = gone;
    this.#worker = new SupervisedWorker({
      name: first.units[0],
      spawn,
      permissions: first.permissions,
      units: first.stages,
      nowMs,
      onMessage: (message) => {
        if (message.type === "closed") return this.#closing.get(message.unit)?.();
        for (const { parts } of [...this.#holders]) parts.onMessage(message);
      },
      onDeath: (death) => {
        this.#leave();
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
        await worker.stop();
      },
    };
  }

  #leave(): void {
    this.#heartbeat.remove(this.#worker);
    this.#gone();
  }

  /** Ends some of its units; the others go on. */
  async #close(units: readonly string[]): Promise<void> {
    await Promise.all(units.map(async (unit) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#closing.set(unit, resolve);
      this.#worker.post({ type: "close", unit });
      const timer = setTimeout(resolve, STOP_MS);
      await promise;
      clearTimeout(timer);
      this.#closing.delete(unit);
    }));
  }
}
