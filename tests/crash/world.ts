/** A buyer, a connector with its relay and a provider as processes, which live through one schedule after the other. */
import type { CrashPoint } from "../../base/crash_point.ts";
import { type Accepted, Books } from "./books.ts";
import { steadyPorts } from "../steady_ports.ts";
import { Member } from "./member.ts";
import { COLLUSION, type Place, type Role, rolesOf } from "./plan.ts";
import { type Mode, type PlannedDeath, randomOf, type Schedule } from "./schedule.ts";
import { TREE } from "./tree.ts";
import { type Unsynced, watchUnsynced } from "./unsynced/unsynced.ts";
import { CALM, type Line, startLine, type Weather } from "./weather.ts";

/** How long the processes may take to come to rest on a busy machine. */
const QUIET_MS = 180_000;
const DAY_MS = 86_400_000;

/** What a schedule came to. */
export interface Report {
  readonly seed: number;
  readonly died: readonly { readonly role: Role; readonly point: CrashPoint | null }[];
  /** Places that were not reached while they were deadly. */
  readonly spared: readonly PlannedDeath[];
  readonly jobs: number;
  /** Writes that were taken back at the deaths, since they were not synced. */
  readonly unsyncedWrites: number;
}

export interface WorldOptions {
  /** The program that the processes run; by default this one. */
  readonly tree?: string;
  /** The folder of its programs as JavaScript, see bundled.ts. */
  readonly scripts?: string | null;
  /** By default `plain`. */
  readonly mode?: Mode;
  /** Seed of the network faults; by default 1. */
  readonly seed?: number;
}

/** A world in its own folder. */
export class World implements AsyncDisposable {
  readonly #members: ReadonlyMap<Role, Member>;
  readonly #books: Books;
  readonly #fault = Promise.withResolvers<never>();
  #place: Place;

  private constructor(
    place: Place,
    tree: string,
    readonly lines: readonly Line[],
    power: Readonly<Partial<Record<Role, Unsynced>>>,
    scripts: string | null,
  ) {
    this.#place = place;
    this.#fault.promise.catch(() => {});
    const member = (role: Role) =>
      new Member(role, tree, () => this.#place, power[role] ?? null, this.#fault.reject, scripts);
    this.#members = new Map(rolesOf(place).map((role) => [role, member(role)]));
    this.#books = new Books(place);
  }

  /** Starts the processes. */
  static async make(
    { tree = TREE, scripts = null, mode = "plain", seed = 1 }: WorldOptions = {},
  ): Promise<World> {
    const root = await Deno.makeTempDir({ prefix: "crash-" });
    const [ownRelayPort, ownConnectorPort, relayPort, connectorPort, nearPort, blobPort] =
      steadyPorts(6);
    const own = {
      root,
      ownRelayPort,
      ownConnectorPort,
      nearPort,
      blobPort,
      aheadMs: 0,
      audited: mode === "audited",
      hops: mode === "hops" || mode === "pair",
      pair: mode === "pair",
      colluding: mode === "collusion",
    };
    if (mode !== "network") {
      const place = { ...own, relayPort: ownRelayPort, connectorPort: ownConnectorPort };
      return new World(place, tree, [], mode === "power" ? await watched(root) : {}, scripts);
    }
    const random = randomOf(seed);
    const lines = [
      await startLine(relayPort, ownRelayPort, true, random),
      await startLine(connectorPort, ownConnectorPort, false, random),
    ];
    return new World({ ...own, relayPort, connectorPort }, tree, lines, {}, scripts);
  }

  /** Runs a schedule. Throws if something was lost, paid twice, or never came to rest. */
  async run(schedule: Schedule): Promise<Report> {
    const members = [...this.#members.values()];
    const before = members.map(({ deaths }) => deaths.length);
    const work = async () => {
      for (const member of members) {
        const own = schedule.deaths.filter(({ role }) => role === member.role);
        await member.plan(own, () => void this.#leap(schedule.leapMs));
      }
      const { kill, weather } = schedule;
      this.#blow(weather);
      calm = setTimeout(() => this.#blow(CALM), weather.forMs);
      if (kill) setTimeout(() => void this.#member(kill.role).kill(), kill.afterMs);
      const accepted = this.#place.colluding
        ? await this.#collude(schedule)
        : await this.#submit(schedule);
      await Promise.all([this.#quiet(), this.#answerLate(accepted)]);
      await this.#quiet();
      await this.#fetchResults(accepted);
      const spared = (await Promise.all(members.map((member) => member.spare()))).flat();
      await this.#checkBooks(accepted);
      if (this.#place.audited) await this.#checkTrails();
      return spared;
    };
    let calm: ReturnType<typeof setTimeout> | undefined;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(async () => {
      const told = await this.#books.unrest().catch((error) => String(error));
      const unanswered = members.flatMap(({ role, unanswered }) =>
        unanswered.map((question) => `${role} did not answer "${question}"`)
      );
      const all = [...unanswered, told].join("; ");
      late.reject(new Error(`not at rest after ${QUIET_MS / 1_000} s: ${all}`));
    }, QUIET_MS);
    try {
      const spared = await Promise.race([work(), late.promise, this.#fault.promise]);
      const died = members.flatMap(({ role, deaths }, at) =>
        deaths.slice(before[at]).map((point) => ({ role, point }))
      );
      const unsyncedWrites = members.reduce((sum, member) => sum + member.unsyncedWrites, 0);
      for (const member of members) member.unsyncedWrites = 0;
      return { seed: schedule.seed, died, spared, jobs: schedule.jobs.length, unsyncedWrites };
    } finally {
      clearTimeout(timer);
      clearTimeout(calm);
      this.#blow(CALM);
    }
  }

  /** The current process of a role, and its folder. */
  async process(role: Role): Promise<{ readonly pid: number; readonly folder: string }> {
    return { pid: await this.#member(role).pid(), folder: `${this.#place.root}/${role}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.stop()));
    for (const line of this.lines) await line[Symbol.asyncDispose]();
    await Deno.remove(this.#place.root, { recursive: true });
  }

  async #submit({ seed, jobs }: Schedule): Promise<readonly Accepted[]> {
    const submitted = jobs.map(async ({ kind, twice, afterMs }, at) => {
      if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
      const text = `job ${seed}.${at}`;
      const question = { do: "submit", kind, text, timeoutS: 3_600 };
      const jobIds = [await this.#member("buyer").ask(question)];
      if (twice) jobIds.push(await this.#member("buyer").ask(question));
      return jobIds.map((jobId) => ({ jobId: String(jobId), kind }));
    });
    return (await Promise.all(submitted)).flat();
  }

  /** On a separate day, because the limit of a day is soon used up. */
  async #collude({ seed }: Schedule): Promise<readonly Accepted[]> {
    await this.#leap(DAY_MS);
    for (let round = 0; round < COLLUSION.rounds; round++) {
      await this.#member("buyer").ask({ do: "pay", id_of_round: `${seed}.${round}` });
    }
    return [];
  }

  /** The buyer fetches results that did not fit their event. It may die at that, too. */
  async #fetchResults(accepted: readonly Accepted[]): Promise<void> {
    for (const { jobId, kind } of accepted) {
      if (kind === "large") await this.#member("buyer").ask({ do: "fetch", jobId });
    }
  }

  /** Silent providers answer after they were replaced, mostly while the next one works. */
  async #answerLate(accepted: readonly Accepted[]): Promise<void> {
    const silent = accepted.filter(({ kind }) => kind === "silent");
    await Promise.all(silent.map(async ({ jobId }) => {
      const requests = await this.#member("buyer").ask({ do: "replaced", jobId }) as string[];
      for (const eventId of requests) {
        await this.#member("hub").ask({ do: "late", eventId });
        await this.#member("buyer").ask({ do: "heard", jobId });
      }
    }));
  }

  #member(role: Role): Member {
    return this.#members.get(role)!;
  }

  /** Everything that was begun has come to its end, at all of them in one look. */
  async #quiet(): Promise<void> {
    // What one sends at its last, another may still have to answer.
    for (let round = 0; round < 2; round++) {
      for (const member of this.#members.values()) await member.ask({ do: "quiet" });
    }
    await this.#books.untilDurable();
    if (!this.#place.audited) return;
    for (const role of ["buyer", "provider"] as const) {
      await this.#member(role).ask({ do: "drain" });
    }
    // A process that died in its audit started again, and may have sent something meanwhile.
    await this.#books.untilDurable();
  }

  /**
   * Checks the books while no process runs. A provider answers a request that stays unpaid 5 s after it saw it, so a
   * packet may be opened although everything was quiet: then the processes run on until it is closed.
   */
  async #checkBooks(accepted: readonly Accepted[]): Promise<void> {
    const members = [...this.#members.values()];
    for (let tries = 1;; tries++) {
      await this.#quiet();
      await Promise.all(members.map((member) => member.pause()));
      try {
        if (tries === BOOK_TRIES || !await this.#books.anyOpen()) {
          return await this.#books.check(accepted);
        }
      } finally {
        await Promise.all(members.map((member) => member.resume()));
      }
    }
  }

  /**
   * Entries may still arrive while a busy process finishes its work, and a repository that is read meanwhile is behind
   * them. So the trails are drained and checked again. A trail that stays behind is a fault.
   */
  async #checkTrails(): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#books.checkTrails();
      } catch (error) {
        if (tries === TRAIL_TRIES) throw error;
      }
      await this.#quiet();
    }
  }

  #blow(weather: Weather): void {
    for (const line of this.lines) line.weather = weather;
  }

  async #leap(byMs: number): Promise<void> {
    if (byMs === 0) return;
    this.#place = { ...this.#place, aheadMs: this.#place.aheadMs + byMs };
    const { aheadMs } = this.#place;
    const members = [...this.#members.values()];
    await Promise.all(
      members.map((member) => member.ask({ do: "clock", aheadMs }).catch(() => {})),
    );
  }
}

/** How often the books are opened at rest before a row that is still open is a fault. */
const BOOK_TRIES = 5;

/** How often the trails are looked at before they are at fault. */
const TRAIL_TRIES = 5;

/** Empty if the machine has no C compiler: then a process is only killed, and its writes stay. */
async function watched(root: string): Promise<Partial<Record<Role, Unsynced>>> {
  const power: Partial<Record<Role, Unsynced>> = {};
  for (const role of rolesOf({ hops: false })) {
    await Deno.mkdir(`${root}/${role}`, { mode: 0o700 });
    const mode = await watchUnsynced(`${root}/${role}`);
    if (mode !== null) power[role] = mode;
  }
  return power;
}
