/**
 * The audit's worker code. It collects the journal's entries for a second from the first one, then takes at most 1,024, because a cycle needs
 * the same syncs and wake-ups for one entry as for a thousand. It gives each cycle to the payment log and to the repository. Each of the
 * two continues from its own durable end.
 *
 * Held: one cycle of entries, and working files that changed within a second.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { steadyClock } from "../../base/steady_clock.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import { type Audit, AUDIT_CURSOR, AUDIT_TROUBLE_CURSOR, type AuditStatus } from "./audit.ts";
import type { JournalPlace } from "./audit_commit.ts";
import { AuditError } from "./audit_error.ts";
import { createCheckpointing } from "./checkpointing.ts";
import { createFollower, type Follower } from "./follower.ts";
import { gitSink } from "./git_sink.ts";
import { logSink } from "./log_sink.ts";
import { lackingExclude } from "./outer_exclude.ts";
import { createPush } from "./push.ts";
import { createWake } from "./wake.ts";
import type { AuditContext, AuditOptions, AuditServices } from "./audit_context.ts";

const IDLE_MS = 5_000;
/** How long working files may lag behind commits: while payments come, and after the last one. */
const REFRESH_MS = 1_000;
const QUIET_MS = 100;
const TELL_MS = 1_000;
const HURRY_MS = 50;

/** A call of `drain`. */
interface Waiter {
  readonly target: number;
  readonly done: () => void;
  /**
   * The number of failures of each follower after which the call gives up. The first further failure may be the one that finds the damage.
   */
  readonly patience: ReadonlyMap<Follower, number>;
}

const TRIES = 2;

/** Starts the audit. Never rejects: problems are reported in its status. */
export function startAuditWork(
  options: AuditOptions,
  { store, signer }: AuditServices,
  { clock: wall, log }: AuditContext,
): Audit {
  const { folder, path, names, remote, cycleMs = 1_000, cycleEntries = 1_024 } = options;
  const clock = steadyClock(wall);
  const context = { clock, log };
  // The times in the repository are those of the wall clock.
  const git = gitSink({ place: { folder, path }, names, context: { clock: wall, log } });
  const logFile = logSink(folder, log, () => git.daySealed());
  const followers = [
    createFollower("the payment log", logFile, context),
    createFollower("the repository", git, context),
  ] as const;
  const [logged, committed] = followers;
  const push = remote == null ? null : createPush({ folder, path }, remote, context);
  const checkpoints = signer &&
    createCheckpointing(store, signer, () => git.checkpointSeq, context);
  let entries = 0;
  let hurried = 0;
  let stopping = false;
  let refreshedAtMs = 0;
  // Somebody holds git's index, perhaps a user who writes a commit message.
  let isHeld = false;
  let toldAtMs = 0;
  let told = "";
  let ahead: { readonly after: number; readonly entries: Promise<JournalEntry[]> } | null = null;
  const waiters = new Set<Waiter>();
  const wake = createWake();

  const pause = (ms: number) => stopping ? Promise.resolve() : wake.pause(ms);

  /** A place that the journal does not have yet, or has with another hash, belongs to another journal. */
  async function check(place: JournalPlace): Promise<void> {
    const tip = await store.journalTip();
    entries = tip?.seq ?? 0;
    const same = place.seq === tip?.seq ? place.hash === tip.hash : place.seq < entries;
    if (!same) {
      throw new AuditError(
        "forked",
        `entry ${place.seq} is not the journal's: another journal was written here`,
      );
    }
  }

  /** The next entries, or none if something else must be done first. */
  async function next(after: number, waitMs: number): Promise<readonly JournalEntry[]> {
    const early = ahead;
    ahead = null;
    if (early?.after === after) return await early.entries;
    const roused = wake.roused.then(() => [] as JournalEntry[]);
    const found = store.journalAfter(after, cycleEntries, waitMs);
    found.catch(() => undefined);
    return await Promise.race([found, roused]);
  }

  /** How long to wait for the next entries before something else is due. */
  function spareMs(): number {
    if (hurried > 0 || stopping) return 0;
    const nowMs = clock();
    const due = [IDLE_MS];
    for (const { trouble, retryAtMs } of followers) {
      if (trouble !== null) due.push(retryAtMs - nowMs);
    }
    if (git.files.waiting > 0 && committed.isOpen) due.push(isHeld ? REFRESH_MS : QUIET_MS);
    if (checkpoints?.isBehind(committed.place)) due.push(checkpoints.dueInMs());
    if (isToldBehind()) due.push(toldAtMs + TELL_MS - nowMs);
    return Math.max(0, Math.min(...due));
  }

  async function cycle(): Promise<void> {
    const startedMs = clock();
    const tried = followers.filter((each) => each.retryAtMs <= startedMs || isAskedFor(each));
    const open = [];
    for (const follower of tried) if (await follower.ready(check)) open.push(follower);
    if (open.length === 0) {
      await keepUp(true);
      return await pause(Math.max(10, spareMs()));
    }
    const from = Math.min(...open.map(({ seq }) => seq));
    let found = await next(from, spareMs());
    const count = () => {
      if (found.length > 0) entries = Math.max(entries, found.at(-1)!.seq);
    };
    count();
    // A caller of `drain` does not wait for more.
    if (found.length > 0 && found.length < cycleEntries && hurried === 0) {
      await pause(cycleMs);
      found = await store.journalAfter(from, cycleEntries, 0);
      count();
    }
    // After a full cycle the next one is read while this one is written.
    if (found.length === cycleEntries) {
      const after = found.at(-1)!.seq;
      ahead = { after, entries: store.journalAfter(after, cycleEntries, 0) };
      ahead.entries.catch(() => undefined);
    }
    // In parallel, so that neither waits for the other's disk.
    await Promise.all(open.map((follower) => follower.isOpen ? follower.take(found) : false));
    await keepUp(found.length === 0);
    // A draining caller may have to wait for the lock of another process.
    if (hurried > 0 && found.length === 0) await pause(HURRY_MS);
  }

  /** The work after commits: sealed days, checkpoint, working files, and the progress. */
  async function keepUp(idle: boolean): Promise<void> {
    const nowMs = clock();
    const urgent = hurried > 0 && committed.seq >= entries;
    if (committed.isOpen) {
      try {
        await git.commitSealedDays();
        if (checkpoints !== undefined) {
          const made = await checkpoints.make(committed.place, git.tip, urgent);
          if (made !== null) await git.commitCheckpoint(made);
        }
        if (
          git.files.waiting > 0 &&
          (idle && !isHeld || urgent || nowMs - refreshedAtMs >= REFRESH_MS)
        ) {
          refreshedAtMs = nowMs;
          isHeld = !await git.refresh();
        }
        if (git.tip !== null) push?.consider(git.tip.commit);
      } catch (error) {
        await committed.fail(error);
      }
    }
    if (isToldBehind() && (urgent || nowMs - toldAtMs >= TELL_MS)) await tell(nowMs);
  }

  function isToldBehind(): boolean {
    return told !== `${committed.seq} ${troubleText()}`;
  }

  function troubleText(): string {
    const trouble = committed.trouble ?? logged.trouble;
    return trouble === null ? "" : JSON.stringify(trouble);
  }

  /** Stores the progress, so that other processes can read it without asking this one. */
  async function tell(nowMs: number): Promise<void> {
    toldAtMs = nowMs;
    const now = `${committed.seq} ${troubleText()}`;
    try {
      await store.commit([
        ...(committed.isOpen || committed.seq > 0
          ? [{ op: "setCursor" as const, name: AUDIT_CURSOR, value: String(committed.seq) }]
          : []),
        { op: "setCursor", name: AUDIT_TROUBLE_CURSOR, value: troubleText() },
      ]);
      told = now;
    } catch (error) {
      log("debug", "the audit's progress was not stored", { reason: messageOf(error) });
    }
  }

  /** Whether working files, or a checkpoint, lack what is committed. */
  function isUnfinished(): boolean {
    return git.files.waiting > 0 || checkpoints?.isBehind(committed.place) === true;
  }

  /** Whether a draining caller wants this follower to try again. */
  function isAskedFor(follower: Follower): boolean {
    return [...waiters].some(({ patience }) => follower.failures < patience.get(follower)!);
  }

  function settleWaiters(): void {
    for (const waiter of waiters) {
      const there = followers.every((each) =>
        each.trouble === null
          ? each.isOpen && each.seq >= waiter.target
          : each.failures >= waiter.patience.get(each)!
      );
      const rest = committed.isOpen && isUnfinished();
      if (there && !rest && !isToldBehind()) waiter.done();
    }
  }

  async function run(): Promise<void> {
    while (!stopping) {
      try {
        await cycle();
      } catch (error) {
        // The store has ended or refuses, so there is nothing to follow.
        if (stopping) return;
        log("warn", "the journal cannot be read", { reason: messageOf(error) });
        await pause(REFRESH_MS);
      }
      settleWaiters();
    }
  }

  const status = (): AuditStatus => ({
    entries,
    committed: committed.seq,
    logged: logged.seq,
    commit: git.tip?.commit ?? null,
    gitTrouble: committed.trouble,
    logTrouble: logged.trouble,
    edited: git.files.edited,
  });

  const running = run();
  return {
    status: () => Promise.resolve(status()),
    async drain(waitMs) {
      const tip = await store.journalTip();
      entries = Math.max(entries, tip?.seq ?? 0);
      const drained = Promise.withResolvers<void>();
      const waiter: Waiter = {
        target: tip?.seq ?? 0,
        done: drained.resolve,
        patience: new Map(followers.map((each) => [each, each.failures + TRIES])),
      };
      const timer = setTimeout(drained.resolve, waitMs);
      waiters.add(waiter);
      hurried++;
      wake.rouse();
      await drained.promise;
      clearTimeout(timer);
      waiters.delete(waiter);
      hurried--;
      return status();
    },
    lackingExclude: () => lackingExclude({ folder, path }),
    mayRest() {
      const isWritten = followers.every(({ isOpen, trouble, seq }) =>
        isOpen && trouble === null && seq >= entries
      );
      return push === null && isWritten && !isUnfinished() && !isToldBehind();
    },
    async close() {
      stopping = true;
      wake.rouse();
      await running;
      await push?.stop();
      for (const follower of followers) await follower.close().catch(() => undefined);
    },
  };
}
