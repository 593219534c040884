/**
 * A provider on a home at work: it announces what it can run, takes paid packets over its connector session, runs each paid job
 * once, and publishes what came of it.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { Profile } from "../config/profile.ts";
import type { KindPrice } from "../market/announcement.ts";
import type { QuoteTerms } from "../market/quotes/quoting.ts";
import type { Catalog, SkillOffers } from "../skills/catalog/catalog_service.ts";
import { sandboxTier } from "../skills/sandbox/tier.ts";
import { leaveWorkPlace } from "../skills/sandbox/work_place.ts";
import { startAnnouncing } from "./announcing.ts";
import { isJobRequestKind } from "../protocols/nostr/kinds.ts";
import type { Home } from "./home.ts";
import { startBlobs } from "./home_blobs.ts";
import { type SkillSet, startAcceptedInbound, startRelayInbound } from "./inbound.ts";
import {
  type AskedPrices,
  pricesOf,
  type RulesOptions,
  servedSkills,
} from "./local/provider_rules.ts";
import { wireOf } from "../protocols/wires/wires.ts";
import { leastResultUnits } from "../market/paid_bytes.ts";
import { leaveNetwork } from "./leaving.ts";
import { readOwnBenchmark } from "./local/own_benchmark.ts";
import type { SkillHosting, SkillsOptions } from "./local/skills.ts";
import { startOutbound } from "./outbound.ts";
import { hostingOf, type HostingOptions } from "./provider_hosting.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** How a provider works. */
interface ProviderOptions extends HostingOptions {
  /** Jobs at once. */
  readonly concurrency: number;
  /** Further `t` tags. */
  readonly tags: readonly string[];
  readonly name: string;
  /** What runs cost here, where it is not each skill's own price. */
  readonly asked: AskedPrices;
  /** The most bytes that a result event may take. */
  readonly limitBytes: number;
  /** How often it announces itself, seconds. */
  readonly heartbeatS: number;
  /** Of the program, as it is announced; not told where absent. */
  readonly version?: string;
}

/** A provider at work. */
export interface Provider {
  readonly catalog: Catalog;
  /** The skills as they are now. */
  readonly offers: () => SkillOffers;
  /** What they cost now. */
  readonly prices: () => readonly KindPrice[];
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
  const { catalog, hosting, permissions, offers } = await hostingOf(home, options);
  const closedHere = {
    noCommands: noCommands(catalog, hosting),
    noTrust: noTrust(hosting),
  };
  const rules: RulesOptions = {
    pubkey: home.identity.pubkey,
    platform: options.platform,
    asset: profile.asset,
    asked: options.asked,
    prices: pricesOf(catalog.skills, options.asked).map(({ kind, flatUnits, unitsPerKib }) => ({
      kind,
      flatUnits: String(flatUnits),
      unitsPerKib: String(unitsPerKib),
    })),
    allowBuyers: options.allowBuyers.length === 0 ? null : options.allowBuyers,
    skills: servedSkills(catalog.skills, closedHere),
    ...closedHere,
    allowLoopback: hosting.policy.ownNetwork,
  };
  const common: Omit<SkillsOptions, "hosting"> = {
    pubkey: home.identity.pubkey,
    concurrency: options.concurrency,
    limitBytes: options.limitBytes,
    ilpAddress: profile.ilpAddress ?? null,
    freeWrites: profile.write === "nostr",
    ...profile.blobs !== undefined && { blobUnitsPerMib: String(profile.blobs.unitsPerMib) },
    writeUnitsPerByte: String(
      profile.write === "ilp" ? profile.relay?.priceUnitsPerByte ?? 0n : 0n,
    ),
    rules,
  };
  const blobs = await startBlobs(
    home.supervisor,
    home.options,
    { store: home.services.store, signer: home.services.signer },
    [hosting.workFolder],
  );
  // Each host of skills has a folder of its own: it removes there what no run of its own has made.
  const skillsIn = (name: string): SkillSet => ({
    options: { ...common, hosting: { ...hosting, workFolder: `${hosting.workFolder}/${name}` } },
    permissions,
  });
  const capacity = Math.min(MAX_WAITING_JOBS, options.concurrency * WAITING_PER_SLOT);
  const { ilpAddress } = profile;
  await channelOpen;
  const outbound = await startOutbound(home, {
    follow: true,
    offers,
    ...(ilpAddress === undefined
      ? {}
      : { receive: { ilpAddress, rules, capacity, quotes: quoteTermsOf(profile, ilpAddress) } }),
  });
  const accepted = await startAcceptedInbound(home, {
    concurrency: options.concurrency,
    light: { kinds: lightKinds(catalog.skills), concurrency: LIGHT_JOBS },
    rules,
    skills: skillsIn("jobs"),
    offers,
    blobs,
  });
  const requests = await startRelayInbound(home, {
    name: "requests",
    role: "provider",
    filters: [],
    offers: { handle: offers, sinceS: Math.floor(Date.now() / 1000) - REQUEST_AGE_S },
    cursorName: `requests:${profile.name}:${profile.relayUrl}`,
    rules,
    skills: skillsIn("messages"),
  });
  const pipelines = [outbound, accepted, requests];
  await Promise.all(pipelines.map(({ ready }) => ready));
  const announced = {
    ...options,
    sandbox: sandboxTier(catalog.sandbox, catalog.tools.groups),
    size: catalog.size,
    benchmark: () => readOwnBenchmark(home.options.paths),
    limits: {
      request_bytes: profile.connectorBtp === null
        ? home.options.limits.eventBytes
        : home.options.limits.prepareDataBytes,
      result_bytes: options.limitBytes,
    },
    places: capacity,
    quotes: ilpAddress !== undefined && profile.connectorBtp !== null,
    sellsOnDelivery: ilpAddress !== undefined && sellsOnDelivery(profile),
    version: options.version ?? null,
  };
  const announcing = await startAnnouncing(home, announced, catalog, offers.client());
  return {
    catalog,
    offers: announcing.offers,
    prices: announcing.prices,
    pipelines,
    ended: Promise.race(pipelines.map(({ done }) => done)),
    async drain(deadlineMs, comesBack = false) {
      announcing.stop();
      const withdraw = () => comesBack ? Promise.resolve(true) : announcing.withdraw();
      await leaveNetwork({ withdraw, inbound: [requests, accepted], outbound, log }, deadlineMs);
      // The home of a network of its own goes with it, and nobody would find them again.
      await leaveWorkPlace(hosting.workFolder, { forgetKept: options.ownNetwork });
    },
  };
}

/**
 * A provider is paid through the channel whose key its session proves, so it has one before it signs in. A chain that is away does
 * not hold the provider up: the session proves the channel later, once there is one.
 */
async function openOwnChannel({ manager, options: { profile, log } }: Home): Promise<void> {
  const { peer, connectorBtp } = profile;
  if (manager === null || peer === null) return;
  const opening = manager.ensure({ name: connectorBtp ?? profile.name, address: peer.address }, 1n);
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), CHANNEL_MS));
  try {
    if (await Promise.race([opening, late]) === null) log("warn", "the channel is not open yet");
  } catch (error) {
    log("warn", "no channel with the connector yet", { reason: messageOf(error) });
  }
}

const CHANNEL_MS = 15_000;

/** What stands in each of its quotes. */
function quoteTermsOf(profile: Profile, ilpAddress: string): QuoteTerms {
  const { asset, chain: { chainId, tokenNetworkAddress } } = profile;
  const unitsPerByte = profile.write === "ilp" ? profile.relay?.priceUnitsPerByte ?? 0n : 0n;
  return {
    ...sellsOnDelivery(profile) && { leastDepositUnits: String(leastResultUnits(unitsPerByte)) },
    asset: { code: asset.code, scale: asset.scale },
    chain: { chainId, tokenNetworkAddress },
    ilpAddress,
  };
}

/** Whether keys can be sold: where every hop can fulfil a packet, a key would be nobody's to sell. */
function sellsOnDelivery({ wire }: Profile): boolean {
  return wireOf(wire).fulfilledBy === "terminal";
}

/** Paid jobs that may wait for each slot before new packets are refused as busy. */
const WAITING_PER_SLOT = 8;
/** And in all, however many slots there are: whether there is room is asked of the store for each packet. */
const MAX_WAITING_JOBS = 256;
/** Jobs that start no process, which run beside those that `node.jobs` counts. */
const LIGHT_JOBS = 16;

/** Kinds of this program's own skills that start no process. */
function lightKinds(skills: Catalog["skills"]): number[] {
  return skills.filter(({ builtin, sandboxed }) => builtin && !sandboxed)
    .flatMap(({ kinds }) => kinds).filter(isJobRequestKind);
}

/** How old a request may be when a provider starts for the first time. */
const REQUEST_AGE_S = 3600;

/** Why commands of strangers serve nobody: without a sandbox they run for buyers on the list, or of a network of our own, alone. */
function noCommands({ sandbox }: Catalog, { policy }: SkillHosting): string | null {
  const open = sandbox.type !== "none" || policy.ownNetwork || policy.allowBuyers.length > 0;
  return open ? null : "this provider has no sandbox for strangers' commands";
}

/** Why skills outside of the sandbox serve nobody. */
function noTrust({ policy }: SkillHosting): string | null {
  const open = policy.ownNetwork || policy.allowBuyers.length > 0;
  return open ? null : "this skill runs without a sandbox, only for buyers on the allow list";
}
