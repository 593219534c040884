/** One process of a world as the harness sees it: started again whenever it died, asked until it answers. */
import { START_FLAGS } from "../../shell/run_flags.ts";
import type { CrashPoint } from "../../base/crash_point.ts";
import type { Death, Place, Role } from "./plan.ts";
import { lines } from "./process.ts";
import type { PlannedDeath } from "./schedule.ts";
import type { Unsynced } from "./unsynced/unsynced.ts";

/** The programs of a world's processes. */
export const SCRIPTS = [
  "buyer",
  "provider",
  "hub",
  "near",
  "colluding_buyer",
  "colluding_provider",
] as const;

/** The processes write their log to standard error. */
const TALKS = Deno.env.get("CRASH_LOG") !== undefined;

/** The process is gone; a request may have been done or not. */
class Gone extends Error {}

interface Life {
  readonly child: Deno.ChildProcess;
  readonly waiting: Map<number, PromiseWithResolvers<unknown>>;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
}

/** A process that is kept running. */
export class Member {
  /** Where it was killed, in order; null for a kill from outside. */
  readonly deaths: (CrashPoint | null)[] = [];
  /** Writes that were taken back at its deaths. */
  unsyncedWrites = 0;
  #life: Promise<Life>;
  #asked = 0;
  #planned: PlannedDeath[] = [];
  #stopped = false;
  #fault: Error | null = null;
  readonly #open = new Set<{ readonly do: string }>();
  #onDeath: () => void = () => {};

  constructor(
    readonly role: Role,
    readonly tree: string,
    /** As it is at each start. */
    readonly place: () => Place,
    /** If set, a death also loses what the process had not synced. */
    readonly unsynced: Unsynced | null,
    /** Told of a process that ended without being killed: a fault of the program. */
    readonly onFault: (error: Error) => void,
    /** The folder of the programs as JavaScript, see bundled.ts; null where they run from the tree. */
    readonly scripts: string | null = null,
  ) {
    this.#life = this.#start(null);
  }

  /** Plans deaths: the first now, the next after each restart. `onDeath` is called for each, before the restart. */
  async plan(deaths: readonly PlannedDeath[], onDeath: () => void): Promise<void> {
    this.#onDeath = onDeath;
    this.#planned = [...deaths];
    await this.#arm();
  }

  /** Asks until it is answered: a process that died meanwhile is asked again after its restart. */
  async ask(
    question: { readonly do: string; readonly [field: string]: unknown },
  ): Promise<unknown> {
    this.#open.add(question);
    try {
      while (true) {
        if (this.#fault !== null) throw this.#fault;
        try {
          return await this.#askOnce(question);
        } catch (error) {
          if (!(error instanceof Gone)) throw error;
        }
      }
    } finally {
      this.#open.delete(question);
    }
  }

  /** What it was asked and has not answered. */
  get unanswered(): readonly string[] {
    return [...this.#open].map((question) => question.do);
  }

  /** Its process id, once it is up. */
  async pid(): Promise<number> {
    return (await this.#life).child.pid;
  }

  /** Kills it from outside, wherever it is. */
  async kill(): Promise<void> {
    await this.#signal("SIGKILL");
  }

  /** Stops it where it is, until {@link resume}. */
  async pause(): Promise<void> {
    await this.#signal("SIGSTOP");
  }

  /** Lets it run on. */
  async resume(): Promise<void> {
    await this.#signal("SIGCONT");
  }

  async #signal(signal: Deno.Signal): Promise<void> {
    const { child } = await this.#life;
    try {
      child.kill(signal);
    } catch { /* it is dead already */ }
  }

  /** No more deaths; those that did not come are given back. */
  async spare(): Promise<readonly PlannedDeath[]> {
    const left = this.#planned.splice(0);
    await this.ask({ do: "arm", death: null });
    return left;
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const { child } = await this.#life.catch(() => ({ child: null }));
    if (child === null) return;
    try {
      child.kill("SIGKILL");
    } catch { /* it is dead already */ }
    await child.status;
  }

  async #arm(): Promise<void> {
    if (this.#planned.length === 0) return;
    await this.ask({ do: "arm", death: deathOf(this.#planned[0]) });
  }

  async #askOnce(question: { readonly do: string }): Promise<unknown> {
    const life = await this.#life;
    const id = ++this.#asked;
    const answer = Promise.withResolvers<unknown>();
    life.waiting.set(id, answer);
    const line = new TextEncoder().encode(`${JSON.stringify({ id, ...question })}\n`);
    // The waiting requests report its end, so errors of the pipe are ignored.
    life.writer.write(line).catch(() => {});
    return await answer.promise;
  }

  #start(death: Death | null): Promise<Life> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", ...START_FLAGS, "--no-check", "--unstable-worker-options"],
        ...["--allow-read", "--allow-write", "--allow-net=127.0.0.1", "--allow-env", "--allow-sys"],
        ...["--allow-run", this.#script()],
        JSON.stringify({ role: this.role, place: this.place(), death }),
      ],
      cwd: this.tree,
      env: this.unsynced === null ? {} : { ...this.unsynced.env },
      stdin: "piped",
      stdout: "piped",
      stderr: TALKS ? "inherit" : "piped",
    }).spawn();
    const life: Life = { child, waiting: new Map(), writer: child.stdin.getWriter() };
    const ready = Promise.withResolvers<Life>();
    const errors = TALKS ? Promise.resolve("") : new Response(child.stderr).text();
    let point: CrashPoint | null = null;
    const read = (async () => {
      for await (const line of lines(child.stdout)) {
        const said = JSON.parse(line);
        if (said.ready) ready.resolve(life);
        else if (said.died !== undefined) point = said.died;
        else if (said.error !== undefined) life.waiting.get(said.id)?.reject(new Error(said.error));
        else life.waiting.get(said.id)?.resolve(said.ok);
        life.waiting.delete(said.id);
      }
    })();
    void (async () => {
      const [status, words] = await Promise.all([child.status, errors, read]);
      await life.writer.abort().catch(() => {});
      if (!this.#stopped) this.#died(status, words, point);
      // A caller that waits for this start waits for the next one instead.
      ready.resolve(this.#life);
      for (const { reject } of life.waiting.values()) reject(new Gone());
    })();
    return ready.promise;
  }

  #script(): string {
    const name = scriptOf(this.role, this.place());
    return this.scripts === null
      ? `${this.tree}/tests/crash/${name}.ts`
      : `${this.scripts}/${name}.js`;
  }

  #died(status: Deno.CommandStatus, words: string, point: CrashPoint | null): void {
    if (status.signal !== "SIGKILL") {
      this.#fault = new Error(`the ${this.role} ended with ${status.code}: ${words.slice(-4_000)}`);
      this.onFault(this.#fault);
      this.#life = Promise.reject(this.#fault);
      this.#life.catch(() => {});
      return;
    }
    this.deaths.push(point);
    // In half of the cases the disk had got a part of the way by itself.
    const share = [0, 0.5, 0, 0.9][this.deaths.length % 4];
    this.unsyncedWrites += this.unsynced?.drop({ keep: () => share }).writes ?? 0;
    const died = point === null ? undefined : this.#planned.shift();
    this.#onDeath();
    const wait = new Promise((resolve) => setTimeout(resolve, died?.downMs ?? 0));
    this.#life = wait.then(() => this.#start(deathOf(this.#planned[0])));
  }
}

function scriptOf(role: Role, { colluding }: Place): typeof SCRIPTS[number] {
  return colluding && (role === "buyer" || role === "provider") ? `colluding_${role}` : role;
}

function deathOf(planned: PlannedDeath | undefined): Death | null {
  return planned === undefined ? null : { point: planned.point, nth: planned.nth };
}
