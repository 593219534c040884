/**
 * A provider on a home at work: it announces what it can run, takes paid packets over its connector session, runs each paid job
 * once, and publishes what came of it.
 *
 * @module
 */
import type { KindPrice } from "../services/market/announcement.ts";
import type { Catalog, SkillCatalog } from "../skills/catalog_service.ts";
import { runPermission } from "../skills/tools.ts";
import { findWorkPlace, leaveWorkPlace } from "../skills/work_place.ts";
import { announce, BEATS_HELD, withdraw } from "./announce.ts";
import type { Home } from "./home.ts";
import { type SkillSet, startAcceptedInbound, startRelayInbound } from "./inbound.ts";
import type { RulesOptions, ServedSkill } from "./local/provider_rules.ts";
import type { SkillHosting, SkillsOptions } from "./local/skills.ts";
import { startOutbound } from "./outbound.ts";
import type { Pipeline } from "./pipeline_spec.ts";

/** How a provider works. */
export interface ProviderOptions {
  /** Jobs at once. */
  readonly concurrency: number;
  /** Further `t` tags. */
  readonly tags: readonly string[];
  readonly allowBuyers: readonly string[];
  /** Whether this program started the network itself; its buyers are served without a sandbox too. */
  readonly ownNetwork: boolean;
  /** `PATH` and the path of this program's Deno, for the tools that jobs use. */
  readonly path: string;
  readonly execPath: string;
  /** Where folders of runs are made (`TMPDIR`); on a disk. */
  readonly temp: string;
  readonly platform: string;
  readonly name: string;
  /** Overrides every skill's own flat price. */
  readonly priceUnits: bigint | null;
  /** The most bytes that a result event may take. */
  readonly limitBytes: number;
  /** How often it announces itself, seconds. */
  readonly heartbeatS: number;
}

/** A provider at work. */
export interface Provider {
  readonly catalog: Catalog;
  readonly prices: readonly KindPrice[];
  readonly pipelines: readonly Pipeline[];
  /** Resolves when one of its pipelines has ended, which none should. */
  readonly ended: Promise<void>;
  /**
   * Takes nothing new; running jobs go on until `deadlineMs`. It withdraws its announcement, unless it comes back at once.
   */
  drain(deadlineMs: number, comesBack?: boolean): Promise<void>;
}

/** Starts it. */
export async function startProvider(home: Home, options: ProviderOptions): Promise<Provider> {
  const { profile, log } = home.options;
  const channelOpen = profile.ilpAddress === undefined ? null : openOwnChannel(home);
  const { catalog, hosting, permissions } = await hostingOf(home, options);
  const prices = pricesOf(catalog, options.priceUnits);
  const rules: RulesOptions = {
    pubkey: home.identity.pubkey,
    platform: options.platform,
    prices: prices.map(({ kind, flatUnits, unitsPerKib }) => ({
      kind,
      flatUnits: String(flatUnits),
      unitsPerKib: String(unitsPerKib),
    })),
    allowBuyers: options.allowBuyers.length === 0 ? null : options.allowBuyers,
    skills: servedSkills(catalog, hosting),
    allowLoopback: hosting.policy.ownNetwork,
  };
  const tags = [...new Set([...catalog.skills.flatMap((skill) => skill.tags), ...options.tags])];
  const common: Omit<SkillsOptions, "hosting"> = {
    pubkey: home.identity.pubkey,
    concurrency: options.concurrency,
    limitBytes: options.limitBytes,
    ilpAddress: profile.ilpAddress ?? null,
    freeWrites: profile.write === "nostr",
    writeUnitsPerByte: String(
      profile.write === "ilp" ? profile.relay?.priceUnitsPerByte ?? 0n : 0n,
    ),
    rules,
  };
  const skills: SkillSet = { options: { ...common, hosting }, permissions };
  const capacity = Math.min(MAX_WAITING_JOBS, options.concurrency * WAITING_PER_SLOT);
  const { ilpAddress } = profile;
  await channelOpen;
  const outbound = await startOutbound(home, {
    follow: true,
    ...(ilpAddress === undefined ? {} : { receive: { ilpAddress, rules, capacity } }),
  });
  const accepted = await startAcceptedInbound(home, {
    concurrency: options.concurrency,
    rules,
    skills,
  });
  const requests = await startRelayInbound(home, {
    name: "requests",
    role: "provider",
    filters: [{
      kinds: prices.map(({ kind }) => kind),
      since: Math.floor(Date.now() / 1000) - REQUEST_AGE_S,
    }],
    cursorName: `requests:${profile.name}:${profile.relayUrl}`,
    rules,
    skills: { options: { ...common, hosting: null }, permissions: {} },
  });
  const pipelines = [outbound, accepted, requests];
  await Promise.all(pipelines.map(({ ready }) => ready));

  const target = {
    pubkey: home.identity.pubkey,
    destination: profile.relay?.ilpAddress ?? "",
    terminalPubkey: profile.relay?.pubkey ?? "",
  };
  const beat = async () => {
    const queued = await announce(
      home.store,
      {
        prices,
        tags,
        platform: options.platform,
        ilpAddress: ilpAddress ?? null,
        name: options.name,
        about: `runs ${prices.length} kinds of jobs on ${options.platform}`,
        ttlS: options.heartbeatS * BEATS_HELD,
      },
      target,
      Date.now(),
    );
    if (!queued) log("debug", "the last announcement still waits to be sent");
  };
  await beat();
  const heartbeat = setInterval(
    () =>
      void beat().catch((error: Error) =>
        log("warn", "announcement could not be queued", { error: error.message })
      ),
    options.heartbeatS * 1000,
  );
  return {
    catalog,
    prices,
    pipelines,
    ended: Promise.race(pipelines.map(({ done }) => done)),
    async drain(deadlineMs, comesBack = false) {
      clearInterval(heartbeat);
      const kinds = prices.map(({ kind }) => kind);
      const leaving = comesBack
        ? Promise.resolve(true)
        : withdraw(home.store, kinds, target, Date.now).catch(() => false);
      await Promise.allSettled([requests.drain(deadlineMs), accepted.drain(deadlineMs)]);
      if (!await leaving) log("warn", "the announcement could not be withdrawn in time");
      await outbound.drain(deadlineMs).catch(() => undefined);
      await leaveWorkPlace(hosting.workFolder);
    },
  };
}

/**
 * A provider is paid through the channel whose key its session proves, so it has one before it signs in. A chain that is away does
 * not hold the provider up: the session proves the channel later, once there is one.
 */
async function openOwnChannel({ keeper, options: { profile, log } }: Home): Promise<void> {
  const { peer, connectorBtp } = profile;
  if (keeper === null || peer === null) return;
  const opening = keeper.ensure({ name: connectorBtp ?? profile.name, address: peer.address }, 1n);
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), CHANNEL_MS));
  try {
    if (await Promise.race([opening, late]) === null) log("warn", "the channel is not open yet");
  } catch (error) {
    log("warn", "no channel with the connector yet", { reason: (error as Error).message });
  }
}

const CHANNEL_MS = 15_000;

/** Where skills may run on this machine, and exactly what their worker needs. */
export interface Hosting {
  readonly catalog: Catalog;
  readonly hosting: SkillHosting;
  readonly permissions: SkillSet["permissions"];
}

/** Looks at this machine's tools and skills. */
export async function hostingOf(
  home: Home,
  options: Pick<
    ProviderOptions,
    "path" | "execPath" | "temp" | "platform" | "allowBuyers" | "ownNetwork"
  >,
): Promise<Hosting> {
  const { paths, log } = home.options;
  const folders = [paths.skillsFolder];
  const { folder: workFolder, hidden } = await findWorkPlace({
    stateFolder: paths.stateFolder,
    temp: options.temp,
  });
  if (!hidden) {
    log("warn", "no work folder outside of the home can be made: jobs see its path", {
      temp: options.temp,
    });
  }
  const handle = await home.supervisor.service("skill-catalog", {
    path: options.path,
    execPath: options.execPath,
    folders,
    toolFolders: [
      ...options.path.split(":").filter((each) => each.startsWith("/")),
      folderOf(options.execPath),
    ],
    platform: options.platform,
    scratch: workFolder,
  });
  const catalog = await handle.client<SkillCatalog>().look();
  await handle.stop();
  const { tools, sandbox } = catalog;
  for (const { folder, code, message } of catalog.problems) {
    log("warn", "skill cannot be used", { folder, code, reason: message });
  }
  if (sandbox.type === "none") {
    log("warn", "no sandbox: strangers' jobs are refused", { reason: sandbox.reason });
  }
  return {
    catalog,
    hosting: {
      tools,
      sandbox,
      policy: { ownNetwork: options.ownNetwork, allowBuyers: options.allowBuyers },
      platform: options.platform,
      folders,
      workFolder,
    },
    permissions: {
      read: [workFolder, ...folders, "/proc"],
      write: [workFolder],
      run: runPermission(tools),
    },
  };
}

/** Paid jobs that may wait for each slot before new packets are refused as busy. */
const WAITING_PER_SLOT = 8;
/** And in all, however many slots there are: whether there is room is asked of the store for each packet. */
const MAX_WAITING_JOBS = 256;
/** How old a request may be when a provider starts for the first time. */
const REQUEST_AGE_S = 3600;

function pricesOf(catalog: Catalog, override: bigint | null): KindPrice[] {
  return catalog.skills.flatMap(({ kinds, price }) =>
    kinds.filter((kind) => kind >= 5000 && kind < 6000).map((kind) => ({
      kind,
      flatUnits: override ?? price.flatUnits,
      unitsPerKib: override === null ? price.unitsPerKib : 0n,
    }))
  );
}

/** What admission is told of the skills. Without a sandbox commands run for buyers on the list, or of a network of our own, alone. */
function servedSkills({ skills, sandbox }: Catalog, { policy }: SkillHosting): ServedSkill[] {
  const open = sandbox.type !== "none" || policy.ownNetwork || policy.allowBuyers.length > 0;
  return skills.map(({ name, kinds, builtin, request, sandboxed }) => ({
    name,
    kinds,
    builtin,
    request,
    closed: sandboxed && !open ? "there is no sandbox here for strangers' commands" : null,
  }));
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/")) || "/";
}
