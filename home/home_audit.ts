/**
 * The audit of an open home. It starts late, because nothing waits for it, and it is drained at the end within a limit. If it fails, only
 * the audit is restarted. Once it has written the whole journal and nothing is added for a while, its worker ends. The main thread then
 * waits at the store for the next entry, and starts it again. If only payments for a provider's own announcements are added, the start
 * waits for another entry, at most ten minutes.
 *
 * @module
 */
import type { AuditStatus } from "../trail/audit/audit.ts";
import { AUDIT_CURSOR } from "../trail/audit/audit.ts";
import type { AuditOptions } from "../trail/audit/audit_context.ts";
import type { AuditNames } from "../trail/audit/state_files.ts";
import { chainName } from "../config/chains.ts";
import { messageOf } from "../base/thrown.ts";
import type { Profile } from "../config/profile.ts";
import type { Home } from "./home.ts";
import type { JournalEntry } from "../store/journal_row.ts";
import { ANNOUNCEMENT_KIND } from "../protocols/nostr/kinds.ts";
import type { StartedService } from "../runtime/service_starter.ts";

/** A home's audit. See the module. */
export interface HomeAudit {
  /** Starts the audit if it is not running. */
  start(): void;
  /** Uses the connectors of the home's profile as they are now: its worker ends, and the next entry starts it. */
  renew(): void;
  /**
   * Waits at most `waitMs` until the audit has processed the whole journal. Starts the audit only if it is behind. Returns its status; null
   * if it was not needed or did not answer in time.
   */
  drain(waitMs: number): Promise<AuditStatus | null>;
}

/** How long a one-off command, and a stopping daemon, wait for the audit, in milliseconds. */
export const AUDIT_DRAIN_MS = 2_000;

const AGAIN_MS = 10_000;
/** How long it stays without a new entry, as services that start on demand do. */
const REST_AFTER_MS = 20_000;
/** How long one question for the next entry waits. */
const NEXT_ENTRY_MS = 30_000;
/** How long payments for announcements wait for their commits. There is one every two minutes, and a start of the audit takes 0.2 s of CPU. */
const ANNOUNCED_WAIT_MS = 600_000;
/** Entries that are read at once while the audit rests. */
const PAGE = 64;

/** Names that the files and messages of a home's audit contain in addition to its journal. */
export function auditNames(
  { chain: { chainId }, connectorBtp, moreConnectors, relayUrl, asset: { code, scale } }: Pick<
    Profile,
    "chain" | "connectorBtp" | "moreConnectors" | "relayUrl" | "asset"
  >,
): AuditNames {
  return {
    chain: chainId === 0 ? null : chainName(chainId),
    connectorBtp,
    ...moreConnectors && {
      moreConnectors: Object.fromEntries(
        moreConnectors.map(({ peerAddress, url }) => [peerAddress, url]),
      ),
    },
    relayUrl,
    asset: { code, scale },
  };
}

/**
 * The audit of this home. `path` is `PATH`, where git is found. `remote` is the backup to which a daemon pushes the audit's branch.
 * `restAfterMs` is the time without a new entry after which its worker ends, `announcedWaitMs` the longest time that payments for
 * announcements wait.
 */
export function homeAudit(
  home: Pick<Home, "supervisor" | "services" | "store" | "options">,
  path: string,
  remote: string | null,
  restAfterMs = REST_AFTER_MS,
  announcedWaitMs = ANNOUNCED_WAIT_MS,
): HomeAudit {
  const { supervisor, services, store, options: { paths, log } } = home;
  const options = (): AuditOptions => ({
    folder: paths.stateFolder,
    path,
    names: auditNames(home.options.profile),
    remote: home.options.oneOff ? null : remote,
  });
  let running: Promise<StartedService> | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  let excluding: Promise<void> | null = null;
  let resting: Promise<void> = Promise.resolve();

  function start(): Promise<StartedService> {
    if (running !== null) return running;
    const { store, signer } = services;
    const onDeath = (error: Error) => {
      running = null;
      log("warn", "the audit ended and is started again: payments continue", {
        reason: error.message,
      });
      if (!ended) again = setTimeout(() => void start(), AGAIN_MS);
    };
    const started = supervisor.start("audit", options(), { store, signer }, {
      onDeath,
      rest: { afterMs: restAfterMs, idle: () => void rest(started) },
    });
    running = started;
    started.then(({ ready }) => ready.catch(onDeath), onDeath);
    excluding ??= started.then((audit) => exclude(audit)).catch((error: Error) =>
      // At its end, a home waits for this only as long as for the audit.
      log(
        ended ? "debug" : "warn",
        "our files are not hidden from the repository around this home",
        {
          reason: error.message,
        },
      )
    );
    return running;
  }

  /** Ends the worker, and starts the next one when the journal has an entry that is not committed. */
  async function rest(started: Promise<StartedService>): Promise<void> {
    if (ended || running !== started) return;
    running = null;
    resting = started.then((audit) => audit.stop());
    try {
      await resting;
      await untilWanted();
    } catch (error) {
      // Without a store there is no journal, and the home ends.
      log("debug", "the journal cannot be followed", { reason: messageOf(error) });
      return;
    }
    if (!ended) void start().catch(() => undefined);
  }

  /** Resolves when there are entries to commit that must not wait, when others waited long enough, or when the audit runs. */
  async function untilWanted(): Promise<void> {
    let seen = Number(await store.cursor(AUDIT_CURSOR));
    let sinceMs: number | null = null;
    while (!ended && running === null) {
      const leftMs = sinceMs === null ? Infinity : sinceMs + announcedWaitMs - performance.now();
      if (leftMs <= 0) return;
      const found = await store.journalAfter(
        seen,
        PAGE,
        Math.min(NEXT_ENTRY_MS, Math.ceil(leftMs)),
      );
      if (!found.every(isAnnouncing)) return;
      if (found.length === 0) continue;
      seen = found[found.length - 1].seq;
      sinceMs ??= performance.now();
    }
  }

  /** If the home lies in a worktree of the user's, its folder is excluded there. */
  async function exclude(audit: StartedService): Promise<void> {
    await audit.ready;
    const file = await audit.client().lackingExclude();
    if (file === null) return;
    const handle = await supervisor.service("outer-exclude", { file });
    if (await handle.client().add()) {
      log("info", "our folder and log were excluded from the worktree around them", { file });
    }
    await handle.stop();
  }

  async function drained(waitMs: number): Promise<AuditStatus | null> {
    if (running === null) {
      await resting;
      const [tip, committed] = await Promise.all([store.journalTip(), store.cursor(AUDIT_CURSOR)]);
      if (tip === null || Number(committed) === tip.seq) return null;
    }
    const audit = (await start()).client();
    const status = await audit.drain(waitMs);
    await excluding;
    return status;
  }

  return {
    start: () => void start().catch(() => undefined),
    renew: () => void (running !== null && rest(running)),
    async drain(waitMs) {
      ended = true;
      clearTimeout(again);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), waitMs));
      const status = await Promise.race([drained(waitMs).catch(() => null), late]);
      clearTimeout(timer);
      return status;
    },
  };
}

/** Whether this entry is a payment for an announcement of this home. */
function isAnnouncing({ type, jobId, kind }: JournalEntry): boolean {
  return type === "payment" && jobId === null && kind === ANNOUNCEMENT_KIND;
}
