/**
 * The audit of a home at work: started late, since nothing waits for it; drained at the end, within a bound. An audit that dies takes
 * nobody with it: it is started again.
 *
 * @module
 */
import type { AuditStatus } from "../trail/audit/audit.ts";
import { AUDIT_CURSOR } from "../trail/audit/audit.ts";
import type { AuditOptions } from "../trail/audit/audit_context.ts";
import type { AuditNames } from "../trail/audit/state_files.ts";
import type { Profile } from "../config/profile.ts";
import type { Home } from "./home.ts";
import type { StartedService } from "../runtime/supervisor.ts";

/** See the module. */
export interface HomeAudit {
  /** Starts it where it is not at work. */
  start(): void;
  /**
   * Has everything of the journal taken in, for at most `waitMs`; starts it only where something is behind. Gives how far it is; null
   * where it was not needed, or did not answer in time.
   */
  drain(waitMs: number): Promise<AuditStatus | null>;
}

/** How long a one-off command, and a daemon's end, wait for the audit. */
export const AUDIT_DRAIN_MS = 2_000;

const AGAIN_MS = 10_000;

/** Chains whose names hold their network's. */
const BASE_CHAINS: ReadonlySet<number> = new Set([8_453, 84_532]);

/** What the files and messages of a home's audit name beyond its journal. */
export function auditNames(
  { chain: { chainId }, connectorBtp, relayUrl, asset: { code, scale } }: Pick<
    Profile,
    "chain" | "connectorBtp" | "relayUrl" | "asset"
  >,
): AuditNames {
  const chain = chainId === 0 ? null : `evm:${BASE_CHAINS.has(chainId) ? "base:" : ""}${chainId}`;
  return { chain, connectorBtp, relayUrl, asset: { code, scale } };
}

/**
 * The audit of this home; `path` is `PATH`, in which git is found, `remote` where a home that stays up pushes its branch to as a backup.
 */
export function homeAudit(home: Home, path: string, remote: string | null): HomeAudit {
  const { supervisor, services, store, options: { paths, profile, log } } = home;
  const options: AuditOptions = {
    folder: paths.stateFolder,
    path,
    names: auditNames(profile),
    remote: home.options.oneOff ? null : remote,
  };
  let running: Promise<StartedService> | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  let excluding: Promise<void> = Promise.resolve();

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
    running = supervisor.start("audit", options, { store, signer }, onDeath);
    running.then(({ ready }) => ready.catch(onDeath), onDeath);
    excluding = running.then((audit) => exclude(audit)).catch((error: Error) =>
      log("debug", "the repository around this one was not told of it", { reason: error.message })
    );
    return running;
  }

  /** Our folder is not shown in the worktree that it may lie in. */
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
