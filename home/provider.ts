/**
 * A provider in an open home. It announces its skills, receives paid packets over its connector session, runs each paid job once, and
 * publishes the result.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { BlobServiceOptions } from "../market/blobs/blobs.ts";
import type { KindPrice } from "../market/announcement.ts";
import type { Catalog, SkillOffers } from "../skills/catalog/catalog_service.ts";
import { buildTier, sandboxTier } from "../skills/sandbox/tier.ts";
import { leaveWorkPlace } from "../skills/sandbox/work_place.ts";
import { startAnnouncing } from "./announcing.ts";
import { isJobRequestKind } from "../protocols/nostr/kinds.ts";
import type { Home } from "./home.ts";
import { startBlobs } from "./home_blobs.ts";
import { type SkillSet, startAcceptedInbound, startRelayInbound } from "./inbound.ts";
import {
  priceOptions,
  pricesOf,
  type RulesOptions,
  servedBuyers,
  servedSkills,
} from "./local/provider_rules.ts";
import type { AskedPrices, OwnerSettings } from "../skills/catalog/owner_settings.ts";
import { relayHost } from "../market/relay_reader_service.ts";
import type { LightningOptions } from "../market/lightning/lightning_service.ts";
import { startLightning } from "./lightning.ts";
import { leaveNetwork } from "./leaving.ts";
import { readOwnBenchmark } from "./local/own_benchmark.ts";
import type { SkillHosting, SkillsOptions } from "./local/skills.ts";
import { type OutboundOptions, startOutbound } from "./outbound.ts";
import { renewablePipeline } from "./renewable_pipeline.ts";
import { quoteTermsOf, sellsOnDelivery } from "./quote_terms.ts";
import { hostingOf, type HostingOptions } from "./provider_hosting.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** A provider's own server of copies of its results. */
export type SharedBlobs = NonNullable<BlobServiceOptions["share"]>;

/** The options of a provider. */
export interface ProviderOptions extends HostingOptions {
  /** How many jobs run at the same time. */
  readonly concurrency: number;
  /** Its own server of copies, if it runs one. */
  readonly share?: SharedBlobs | null;
  /** Additional `t` tags. */
  readonly tags: readonly string[];
  /** Whether only requests with one of its tags, or that name it, are read from relays. Default: all of its kinds. */
  readonly byTag?: boolean;
  readonly name: string;
  /** The owner's prices, for skills that do not keep their own price. */
  readonly asked: AskedPrices;
  /** The largest result event in bytes. */
  readonly limitBytes: number;
  /** How customers of other programs pay; null or absent if not over Lightning. */
  readonly lightning?: { readonly wallet: LightningOptions; readonly msats: number } | null;
  /** Seconds between announcements. */
  readonly heartbeatS: number;
  /** The program's version in the announcement; absent if it is not announced. */
  readonly version?: string;
}

/** A running provider. */
export interface Provider {
  readonly catalog: Catalog;
  /** The current skills. */
  readonly offers: () => SkillOffers;
  /** Their current prices. */
  readonly prices: () => readonly KindPrice[];
  readonly pipelines: readonly Pick<Pipeline, "name" | "counters">[];
  /** Starts its outbound pipeline again, with the connectors of the home's profile as they are now. */
  useConnectors(): Promise<void>;
  /** Uses other settings of its owner from now on. Resolves when the provider announces them. */
  configure(owner: OwnerSettings): Promise<void>;
  /** Resolves if one of its pipelines ends, which is an error. */
  readonly ended: Promise<void>;
  /**
   * Accepts no new jobs; running jobs may continue until `deadlineMs`. Withdraws the announcement, unless the provider restarts at once. If
   * the relay or the connector is away, it does not wait until the withdrawal is sent.
   */
  drain(deadlineMs: number, how?: { comesBack: boolean; isAway: boolean }): Promise<void>;
}

/** Starts it. If that fails, also because the home is stopped, no empty work folder is left. */
export async function startProvider(home: Home, options: ProviderOptions): Promise<Provider> {
  const { profile } = home.options;
  const channelOpen = profile.ilpAddress === undefined ? null : openOwnChannel(home);
  const machine = await hostingOf(home, options);
  try {
    return await startOn(machine, home, options, channelOpen);
  } catch (error) {
    machine.offers[Symbol.dispose]();
    await leaveWorkPlace(machine.hosting.workFolder, { forgetKept: options.ownNetwork });
    throw error;
  }
}

async function startOn(
  { catalog, hosting, permissions, offers }: Awaited<ReturnType<typeof hostingOf>>,
  home: Home,
  options: ProviderOptions,
  channelOpen: Promise<void> | null,
): Promise<Provider> {
  const { profile, log } = home.options;
  const closedHere = {
    noCommands: noCommands(catalog, hosting),
    noTrust: noTrust(hosting),
  };
  const allowBuyers = servedBuyers(options.allowBuyers);
  const rules: RulesOptions = {
    pubkey: home.identity.pubkey,
    platform: options.platform,
    asset: profile.asset,
    asked: options.asked,
    prices: priceOptions(pricesOf(catalog.skills, options.asked)),
    allowBuyers,
    skills: servedSkills(catalog.skills, { ...closedHere, allowBuyers }),
    ...closedHere,
    allowLoopback: hosting.policy.ownNetwork,
  };
  const common: Omit<SkillsOptions, "hosting"> = {
    pubkey: home.identity.pubkey,
    concurrency: options.concurrency,
    limitBytes: options.limitBytes,
    ilpAddress: profile.ilpAddress ?? null,
    freeWrites: profile.write === "nostr",
    ...profile.ilpAddress !== undefined && profile.connectorBtp !== null &&
      { quotes: quoteTermsOf(profile, profile.ilpAddress) },
    ...options.lightning && { lightningMsats: String(options.lightning.msats) },
    // Copies of its own cost a provider nothing, so without a server of the network it stores for nothing.
    ...(profile.blobs !== undefined || options.share) &&
      { blobUnitsPerMib: String(profile.blobs?.unitsPerMib ?? 0n) },
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
    BLOB_PATIENCE_MS,
    options.share,
  );
  // Each host of skills has its own folder, because it removes everything there that its own runs did not make.
  const skillsIn = (name: string): SkillSet => ({
    options: { ...common, hosting: { ...hosting, workFolder: `${hosting.workFolder}/${name}` } },
    permissions,
  });
  const capacity = Math.min(MAX_WAITING_JOBS, options.concurrency * WAITING_PER_SLOT);
  const light = {
    kinds: lightKinds(catalog.skills),
    concurrency: LIGHT_JOBS,
    capacity: LIGHT_JOBS * WAITING_PER_SLOT,
  };
  const { ilpAddress } = profile;
  await channelOpen;
  const sending: OutboundOptions = {
    follow: true,
    offers,
    ...(ilpAddress === undefined ? {} : {
      receive: {
        ilpAddress,
        rules,
        capacity,
        light,
        quotes: quoteTermsOf(profile, ilpAddress),
      },
    }),
  };
  const outbound = await renewablePipeline(() => startOutbound(home, sending));
  const accepted = await startAcceptedInbound(home, {
    concurrency: options.concurrency,
    light,
    rules,
    skills: skillsIn("jobs"),
    offers,
    blobs,
  });
  const lightning = await startLightning(home, options.lightning?.wallet ?? null);
  const requests = await startRelayInbound(home, {
    name: "requests",
    role: "provider",
    filters: [],
    offers: {
      handle: offers,
      sinceS: Math.floor(Date.now() / 1000) - REQUEST_AGE_S,
      ...options.byTag && { byTags: options.tags },
    },
    cursor: "requests",
    rules,
    skills: skillsIn("messages"),
    ...lightning !== null && { lightning },
  });
  if (profile.connectorBtp === null && profile.write === "nostr") {
    const { relayUrl } = profile;
    const { store, signer } = home.services;
    const at = { relayUrl, host: relayHost(relayUrl) };
    await home.supervisor.service("job-log-answers", at, { store, signer });
  }
  const pipelines = [outbound, accepted, requests];
  await Promise.all(pipelines.map(({ ready }) => ready));
  const announced = {
    ...options,
    sandbox: sandboxTier(catalog.sandbox, catalog.tools.groups),
    ofBuilds: buildTier(catalog.sandbox, catalog.tools.groups),
    closed: closedHere,
    size: catalog.size,
    benchmark: () => readOwnBenchmark(home.options.paths),
    limits: {
      request_bytes: profile.connectorBtp === null
        ? home.options.limits.eventBytes
        : home.options.limits.prepareDataBytes,
      result_bytes: options.limitBytes,
    },
    places: { most: capacity, of: { kinds: light.kinds, others: true } },
    quotes: ilpAddress !== undefined && profile.connectorBtp !== null,
    sellsOnDelivery: ilpAddress !== undefined && sellsOnDelivery(profile),
    lightningMsats: options.lightning?.msats ?? null,
    version: options.version ?? null,
  };
  const announcing = await startAnnouncing(home, announced, catalog, offers.client());
  return {
    catalog,
    offers: announcing.offers,
    prices: announcing.prices,
    pipelines,
    useConnectors: () => outbound.renew(),
    configure: async (owner) => await announcing.until(await offers.client().setOwner(owner)),
    ended: Promise.race(pipelines.map(({ done }) => done)),
    async drain(deadlineMs, { comesBack, isAway } = { comesBack: false, isAway: false }) {
      announcing.stop();
      const withdraw = (waitMs?: number) =>
        comesBack ? Promise.resolve(true) : announcing.withdraw(waitMs);
      await leaveNetwork(
        { withdraw, isAway, inbound: [requests, accepted], outbound, log },
        deadlineMs,
      );
      offers[Symbol.dispose]();
      // A temporary network's home is deleted with the network, so what its runs kept is removed now.
      await leaveWorkPlace(hosting.workFolder, { forgetKept: options.ownNetwork });
    },
  };
}

/**
 * Opens the provider's channels before it signs in, because a session proves the channel through which the provider is paid. An
 * unreachable chain does not delay the provider: the session proves the channel later.
 */
async function openOwnChannel({ manager, options: { profile, log } }: Home): Promise<void> {
  const { peer, connectorBtp, moreConnectors = [] } = profile;
  if (manager === null || peer === null) return;
  const peers = [
    { name: connectorBtp ?? profile.name, address: peer.address },
    ...moreConnectors.flatMap(({ name, peerAddress, ilpAddress }) =>
      ilpAddress === undefined ? [] : [{ name, address: peerAddress }]
    ),
  ];
  const opening = Promise.all(peers.map((each) => manager.ensure(each, 1n)));
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), CHANNEL_MS));
  try {
    if (await Promise.race([opening, late]) === null) log("warn", "the channel is not open yet");
  } catch (error) {
    log("warn", "no channel with the connector yet", { reason: messageOf(error) });
  }
}

const CHANNEL_MS = 15_000;

/** How many paid jobs may wait for each slot. Above this, new packets are refused as busy. */
const WAITING_PER_SLOT = 8;
/** How long a paid job waits for a blob server that is away: a restart of the server must not cost the job its input or its result. */
const BLOB_PATIENCE_MS = 30_000;
/** The most paid jobs that may wait in total. For each packet, the store is asked whether there is room. */
const MAX_WAITING_JOBS = 256;
/** How many jobs without a process run in addition to those that `node.jobs` limits. */
const LIGHT_JOBS = 16;

/** The kinds of built-in skills that start no process. */
function lightKinds(skills: Catalog["skills"]): number[] {
  return skills.filter(({ builtin, sandboxed }) => builtin && !sandboxed)
    .flatMap(({ kinds }) => kinds).filter(isJobRequestKind);
}

/** The oldest request that a provider accepts at its first start, in seconds. */
const REQUEST_AGE_S = 3600;

/** Why strangers' commands are refused: without a sandbox they run only for buyers on the allow list or on the program's own network. */
function noCommands({ sandbox }: Catalog, { policy }: SkillHosting): string | null {
  const open = sandbox.type !== "none" || policy.ownNetwork;
  return open ? null : "this provider has no sandbox for strangers' commands";
}

/** Why skills without the sandbox are refused. */
function noTrust({ policy }: SkillHosting): string | null {
  const open = policy.ownNetwork;
  return open ? null : "this skill runs without a sandbox, only for buyers on the allow list";
}
