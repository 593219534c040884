/**
 * Follows the skills of a provider. This thread only looks at the names, sizes and times of their files, every 2 seconds. If these changed,
 * it asks the skill catalog, whose worker reads the files and ends again when it is not asked for a while.
 *
 * Held: the skills as they were found last.
 *
 * @module
 */
import { foldersStamp } from "../skills/catalog/folders_stamp.ts";
import type {
  Catalog,
  CatalogScan,
  SkillCatalog,
  SkillOffers,
  SkillScanner,
} from "../skills/catalog/catalog_service.ts";
import type { Log } from "../base/log/log.ts";
import { messageOf } from "../base/thrown.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import { servedHere } from "./served_here.ts";

/** How often the files are looked at, in milliseconds. All waiting callers share a look. */
const LOOK_MS = 2_000;

/** Where skills are, and what was found there at the start. */
interface FollowedSkills {
  readonly folders: readonly string[];
  readonly approvals: readonly string[];
  readonly catalog: Catalog;
  /** The {@link foldersStamp} from before the catalog was asked. */
  readonly stamp: string;
}

/** Makes the service that callers follow. It serves its clients on this thread until it is disposed. `stop` also ends the catalog. */
export function followSkills(
  worker: ServiceHandle<SkillScanner>,
  { folders, approvals, catalog, stamp: first }: FollowedSkills,
  log: Log,
): ServiceHandle<SkillCatalog> & Disposable {
  const scanner = worker.client();
  const { version, skills, problems, owner, tools, sandbox } = catalog;
  let offers: SkillOffers = { version, skills, problems, owner };
  let stamp: string | null = mayBeRead({ problems }) ? first : null;
  let text = textOf({ skills, problems });
  let told = Promise.withResolvers<void>();
  let looking: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let failing = false;
  let disposed = false;

  const look = async () => {
    const now = await foldersStamp(folders, approvals);
    if (now === stamp || disposed) return;
    try {
      const found = await scanner.scan({ tools, sandbox });
      stamp = mayBeRead(found) ? now : null;
      failing = false;
      if (textOf(found) === text) return;
      text = textOf(found);
      offers = { ...offers, ...found, version: offers.version + 1 };
    } catch (error) {
      if (!failing && !disposed) {
        log("error", "changes of skills are not seen", { error: messageOf(error) });
      }
      failing = true;
    }
  };
  const looked = () => looking ??= look().finally(() => looking = null);
  const nextLook = () =>
    next ??= new Promise<void>((resolve) => {
      // An interval is due together with others of this thread; see runtime/light_timers.ts.
      const timer = setInterval(() => {
        clearInterval(timer);
        resolve();
      }, LOOK_MS);
      Deno.unrefTimer(timer);
    })
      .then(() => {
        next = null;
        return looked();
      });
  const tell = () => {
    told.resolve();
    told = Promise.withResolvers();
  };
  const implementation: SkillCatalog = {
    async changed(version, waitMs) {
      const untilMs = performance.now() + waitMs;
      await looked();
      while (offers.version === version && performance.now() < untilMs && !disposed) {
        await Promise.race([nextLook(), told.promise]);
      }
      return offers;
    },
    setOwner(owner) {
      offers = { ...offers, version: offers.version + 1, owner };
      tell();
      return Promise.resolve(offers.version);
    },
  };
  const served = servedHere("skill-catalog", implementation, ["changed", "setOwner"]);
  const dispose = () => {
    disposed = true;
    tell();
    served[Symbol.dispose]();
  };
  const stop = async () => {
    dispose();
    await worker.stop();
  };
  return { ...served, stop, [Symbol.dispose]: dispose };
}

/** A folder that changed while it was read is read again at the next look, even if nothing changes any more. */
function mayBeRead({ problems }: Pick<CatalogScan, "problems">): boolean {
  return problems.every(({ code }) => code !== "unreadable");
}

function textOf(found: CatalogScan): string {
  return JSON.stringify(found, (_, value) => typeof value === "bigint" ? `${value}` : value);
}
