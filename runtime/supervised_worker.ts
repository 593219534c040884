/**
 * One worker as the supervisor sees it: spawned with exact permissions, pinged, and declared dead at most once.
 *
 * @module
 */
import type { WireError } from "../base/ports/error_classes.ts";
import { flattenError } from "../base/ports/wire_error.ts";
import type { WorkerPermissions } from "./permissions.ts";
import { type FromWorker, parseFromWorker, type ToWorker } from "./worker_messages.ts";

/** How a worker died. A `hung` worker cannot be killed, only bypassed. */
export interface Death {
  /** The reason. */
  readonly reason: "failed" | "hung";
  /** The cause. */
  readonly error: WireError;
}

/** Spawns a worker with these permissions for these stages and services. */
export type Spawn = (
  name: string,
  permissions: WorkerPermissions,
  units: readonly string[],
) => Worker;

const STOP_MS = 1000;

/** A worker and what is known of its health. */
export class SupervisedWorker {
  /** For logs. */
  readonly name: string;
  readonly #worker: Worker;
  readonly #onMessage: (message: FromWorker) => void;
  readonly #onDeath: (death: Death) => void;
  readonly #stopped = Promise.withResolvers<void>();
  #dead = false;
  /** Monotonic time at which it was last heard. The heartbeat adjusts it after the main thread was blocked. */
  heardAtMs: number;
  /** Whether every unit is ready. A worker that still loads modules gets more time. */
  started = false;
  /** Nonce of the last answered ping. */
  pong = -1;

  /** Spawns it. `onDeath` is called at most once, and never after {@link stop} or {@link retire}. */
  constructor(parts: {
    readonly name: string;
    readonly spawn: Spawn;
    readonly permissions: WorkerPermissions;
    /** Stages and services that it will host. */
    readonly units: readonly string[];
    readonly nowMs: () => number;
    readonly onMessage: (message: FromWorker) => void;
    readonly onDeath: (death: Death) => void;
  }) {
    this.name = parts.name;
    this.#onMessage = parts.onMessage;
    this.#onDeath = parts.onDeath;
    this.heardAtMs = parts.nowMs();
    this.#worker = parts.spawn(parts.name, parts.permissions, parts.units);
    this.#worker.onmessage = ({ data }) => {
      this.heardAtMs = parts.nowMs();
      const message = parseFromWorker(data);
      if (message === null) {
        this.die("failed", new TypeError("Cannot go on: the worker sent an invalid message"));
      } else if (message.type === "stopped") this.#stopped.resolve();
      else if (this.#dead) return;
      else if (message.type === "failed") this.die("failed", message.error);
      else {
        if (message.type === "pong") this.pong = Math.max(this.pong, message.nonce);
        this.#onMessage(message);
      }
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.die("failed", new Error(event.message || "the worker ended with an error"));
    };
    this.#worker.onmessageerror = () =>
      this.die("failed", new Error("Cannot read a message of the worker"));
  }

  /** Whether it is out of use. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Sends a message and transfers ports. Does nothing if the worker is out of use. */
  post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#dead) this.#worker.postMessage(message, transfer);
  }

  /** Declares it dead and calls `onDeath`, once. A busy worker keeps computing, because `terminate` does not stop it. */
  die(reason: Death["reason"], error: unknown): void {
    if (this.#dead) return;
    this.retire();
    this.#onDeath({ reason, error: flattenError(error) });
  }

  /** Terminates it without calling `onDeath`. */
  retire(): void {
    this.#dead = true;
    this.#worker.terminate();
  }

  /** Asks it to stop, waits at most a second, and terminates it. A worker that is not ready is terminated at once. */
  async stop(): Promise<void> {
    if (this.#dead) return;
    if (!this.started) return this.retire();
    this.#dead = true;
    this.#worker.postMessage({ type: "stop" } satisfies ToWorker);
    const timer = setTimeout(this.#stopped.resolve, STOP_MS);
    await this.#stopped.promise;
    clearTimeout(timer);
    this.#worker.terminate();
  }
}
