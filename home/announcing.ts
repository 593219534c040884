/**
 * Keeps a provider's announcement up to date with its skills, repeats it as a heartbeat, and withdraws it at the end.
 *
 * @module
 */
import { type KindPrice, type KindType, priceOfKind } from "../market/announcement.ts";
import { MAX_INPUT_BYTES } from "../blobs/blob_reference.ts";
import { coveredBytes, MAX_KEPT_BYTES } from "../market/blobs/large_result.ts";
import { CI_RUN, IMAGE_BUILD, isJobRequestKind } from "../protocols/nostr/kinds.ts";
import type { SkillCatalog, SkillOffers } from "../skills/catalog/catalog_service.ts";
import type { Log } from "../base/log/log.ts";
import { announce, type AnnouncementTarget, BEATS_HELD, withdraw } from "./announce.ts";
import { furtherAddresses } from "../config/more_connectors.ts";
import type { Home } from "./home.ts";
import type { KindSchema } from "../market/kind_schemas.ts";
import type { MachineSize } from "../skills/sandbox/machine_size.ts";
import { IMAGE_LIMIT, INPUT_LIMIT, type Offer } from "../market/offer.ts";
import { cachedBases, offeredModes, runLimits, unpayableKinds } from "./offered_terms.ts";
import { publishSchemas } from "./publish_schemas.ts";
import { publishRelayList, relayListOf } from "./relay_list.ts";
import { followVersions } from "../base/follow_versions.ts";
import { pricesOf, restrictedKinds, servedBuyers } from "./local/provider_rules.ts";
import type { AskedPrices } from "../skills/catalog/owner_settings.ts";
import { losingPrices, SOLD_AT_A_LOSS } from "./local/selling_price.ts";
import type { KindsCounted } from "../store/job_row.ts";

/** The contents of the announcement. */
interface AnnouncingOptions {
  /** Additional `t` tags. */
  readonly tags: readonly string[];
  readonly platform: string;
  /** The sandbox in which jobs run. */
  readonly sandbox: string;
  /** The sandbox in which images are built. */
  readonly ofBuilds: string;
  /** The buyers that are served; an empty list serves everyone. */
  readonly allowBuyers: readonly string[];
  /** Why some skills are closed to everyone else. */
  readonly closed: { readonly noCommands: string | null; readonly noTrust: string | null };
  readonly name: string;
  /** The owner's prices, for skills that do not keep their own price. */
  readonly asked: AskedPrices;
  readonly heartbeatS: number;
  /** The machine's size. */
  readonly size: MachineSize;
  /** The provider's limits on requests and results, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** Whether it answers unpaid requests with quotes. */
  readonly quotes: boolean;
  /** Whether jobs may be paid on delivery. */
  readonly sellsOnDelivery: boolean;
  /** The price of a job over Lightning, in thousandths of a satoshi; null if none is sold in this way. */
  readonly lightningMsats: number | null;
  /** How many paid jobs of these kinds may wait. */
  readonly places: { readonly most: number; readonly of: KindsCounted };
  /** The machine's benchmark, read at each heartbeat. */
  readonly benchmark: () => Promise<Offer["benchmark"]>;
  /** The program's version; null is not announced. */
  readonly version: string | null;
}

/** An announcement that is kept up to date. */
interface Announcing {
  /** The skills as they are now. */
  readonly offers: () => SkillOffers;
  /** Their prices. */
  readonly prices: () => readonly KindPrice[];
  /** Resolves when the skills and the owner's settings have at least this version, or after the stop. */
  until(version: number): Promise<void>;
  /** Stops the heartbeats. */
  stop(): void;
  /** Withdraws the announcement; false if it could not be sent within `waitMs`. The next start sends it then. */
  withdraw(waitMs?: number): Promise<boolean>;
}

/** How often it is checked whether selling is paused, in milliseconds. Requests are refused from the first moment. */
const PAUSE_LOOK_MS = 5_000;

/** Announces the provider and repeats the announcement. */
export async function startAnnouncing(
  { store, options: { profile, log }, identity }: Home,
  options: AnnouncingOptions,
  first: SkillOffers,
  catalog: Pick<SkillCatalog, "changed">,
): Promise<Announcing> {
  let offers = first;
  const prices = () => {
    const asked = pricesOf(offers.skills, offers.owner?.asked ?? options.asked);
    // Without keys of one's own to sell, a hop could keep an increment unseen.
    return options.sellsOnDelivery ? asked : asked.map(({ increment: _none, ...price }) => price);
  };
  const target: AnnouncementTarget = {
    pubkey: identity.pubkey,
    destination: profile.relay?.ilpAddress ?? "",
    terminalPubkey: profile.relay?.pubkey ?? "",
  };
  const { most, of } = options.places;
  const means = { ...options, takesPackets: profile.ilpAddress !== undefined };
  const offer = async (served: readonly KindPrice[]): Promise<Offer> => ({
    ...options.size,
    engines: enginesOf(offers),
    ...offeredModes(served, means),
    lightningMsats: options.lightningMsats,
    runLimits: runLimits(offers),
    // Encrypted requests of NIP-90.
    encryption: ["nip44"],
    bases: cachedBases(offers),
    quotes: options.quotes,
    // A running provider also reads packets and events of private jobs.
    privateJobs: true,
    limits: {
      ...options.limits,
      ...inputLimit(served, profile.blobs),
      ...imageLimit(offers, served, profile.blobs?.unitsPerMib),
    },
    queue: {
      waiting: (await store.placesTaken([], most, undefined, of)).runnable,
      places: most,
    },
    benchmark: await options.benchmark(),
    relays: [...relayListOf(profile).read],
    version: options.version,
  });
  let paused = (await store.pauses()).selling !== null;
  const beat = async (instead: boolean) => {
    // Nobody should choose a provider that takes no jobs.
    if (paused) return;
    const served = prices();
    const fields = {
      prices: served,
      tags: [
        ...new Set([
          ...offers.skills.flatMap(({ tags }) => tags),
          ...offers.owner?.tags ?? options.tags,
        ]),
      ],
      platform: options.platform,
      sandbox: options.sandbox,
      access: restrictedKinds(offers.skills, options, {
        ...options.closed,
        allowBuyers: servedBuyers(offers.owner?.allowBuyers ?? options.allowBuyers),
      }),
      builds: offers.skills.flatMap(({ builds }) => builds?.platforms ?? []),
      ilpAddress: profile.ilpAddress ?? null,
      moreAddresses: furtherAddresses(profile),
      name: offers.owner?.name ?? options.name,
      about: `runs ${served.length} kinds of jobs on ${options.platform}`,
      ttlS: options.heartbeatS * BEATS_HELD,
      types: typesOf(offers),
      offer: await offer(served),
      inputSchemas: schemasOf(offers, ({ request }) => request?.schema),
      outputSchemas: schemasOf(offers, ({ output }) => output),
    };
    const queued = await announce(store, fields, target, Date.now(), instead);
    const schemas = [...fields.inputSchemas, ...fields.outputSchemas];
    const published = await publishSchemas(store, schemas, target, profile.relayUrl, Date.now());
    if (published > 0) log("info", "long schemas are published", { schemas: published });
    if (!queued) log("debug", "the last announcement still waits to be sent");
  };
  const withdrawal = (waitMs?: number) =>
    withdraw(store, prices().map(({ kind }) => kind), target, Date.now, waitMs).catch(() => false);
  const failed = (error: Error) =>
    log("warn", "announcement could not be queued", { error: error.message });
  const unitsPerByte = profile.write === "ilp" ? profile.relay?.priceUnitsPerByte ?? 0n : 0n;
  const tellLosses = () => {
    for (const kind of unpayableKinds(prices(), means)) {
      log("warn", "nobody can pay for this kind in the payment modes that are allowed", { kind });
    }
    for (const { kind, priceUnits, writesUnits } of losingPrices(prices(), unitsPerByte)) {
      log("warn", SOLD_AT_A_LOSS, { kind, price_units: priceUnits, writes_units: writesUnits });
    }
  };
  await (paused ? withdrawal() : beat(false));
  const list = relayListOf(profile);
  if (await publishRelayList(store, list, target, Date.now())) {
    log("info", "the list of relays is published", { relays: list.read.length });
  }
  tellLosses();
  const heartbeat = setInterval(
    () => void beat(false).catch(failed),
    options.heartbeatS * 1000,
  );
  const look = async () => {
    const now = (await store.pauses()).selling !== null;
    if (now === paused) return;
    paused = now;
    log("info", paused ? "selling is paused" : "selling goes on");
    await (paused ? withdrawal() : beat(true));
  };
  const looking = setInterval(() => void look().catch(failed), PAUSE_LOOK_MS);
  const ending = new AbortController();
  let next = Promise.withResolvers<void>();
  const take = (now: SkillOffers) => {
    if (now.version === offers.version) return;
    tellChange(offers, now, log);
    offers = now;
    next.resolve();
    next = Promise.withResolvers();
    tellLosses();
    void beat(true).catch(failed);
  };
  void followVersions(catalog, take, { signal: ending.signal, log });
  return {
    offers: () => offers,
    prices,
    async until(version) {
      while (offers.version < version && !ending.signal.aborted) await next.promise;
    },
    stop() {
      clearInterval(heartbeat);
      clearInterval(looking);
      ending.abort();
      next.resolve();
    },
    withdraw: withdrawal,
  };
}

/** The largest input by reference; undefined if no skill here fetches inputs. */
function inputLimit(
  prices: readonly KindPrice[],
  blobs: unknown,
): Readonly<Record<string, number>> {
  const fetches = prices.some(({ kind }) => kind === CI_RUN.kind || kind === IMAGE_BUILD.kind);
  return blobs !== undefined && fetches ? { [INPUT_LIMIT]: MAX_INPUT_BYTES } : {};
}

/** The largest image whose storage the price covers; undefined if images are not built or not stored. */
function imageLimit(
  { skills }: SkillOffers,
  prices: readonly KindPrice[],
  unitsPerMib: bigint | undefined,
): Readonly<Record<string, number>> {
  const builds = skills.some(({ builds }) => (builds?.platforms.length ?? 0) > 0);
  const priceUnits = priceOfKind(prices, IMAGE_BUILD.kind, 0);
  if (!builds || priceUnits === null || unitsPerMib === undefined) return {};
  return { [IMAGE_LIMIT]: coveredBytes(priceUnits, unitsPerMib, MAX_KEPT_BYTES) };
}

/** The names of skills that are not built in. The names of the others are known everywhere. */
function typesOf({ skills }: SkillOffers): KindType[] {
  return skills.filter(({ builtin }) => !builtin).flatMap(({ kinds, types }) =>
    kinds.filter(isJobRequestKind).flatMap((kind) => types.map((type) => ({ kind, type })))
  );
}

function schemasOf(
  { skills }: SkillOffers,
  of: (skill: SkillOffers["skills"][number]) => KindSchema["schema"] | undefined,
): KindSchema[] {
  return skills.flatMap((skill) => {
    const schema = of(skill);
    return schema === undefined
      ? []
      : skill.kinds.filter(isJobRequestKind).map((kind) => ({ kind, schema }));
  });
}

/** The build engines, as `t` tags of skills name them. */
const ENGINES: readonly string[] = ["docker", "podman", "buildah", "buildkit", "nix"];

function enginesOf({ skills }: SkillOffers): string[] {
  return [...new Set(skills.flatMap(({ tags }) => tags))].filter((tag) => ENGINES.includes(tag));
}

/** Logs which skills were added, removed, changed, or cannot be used. */
export function tellChange(before: SkillOffers | null, now: SkillOffers, log: Log): void {
  const text = (skill: SkillOffers["skills"][number]) =>
    `${skill.kinds} ${skill.price.flatUnits} ${skill.price.unitsPerKib} ${skill.tags}`;
  const named = (offers: SkillOffers | null) =>
    new Map((offers?.skills ?? []).map((skill) => [skill.name, skill]));
  const [old, fresh] = [named(before), named(now)];
  for (const [name, skill] of before === null ? [] : fresh) {
    const earlier = old.get(name);
    if (earlier !== undefined && text(earlier) === text(skill)) continue;
    const words = earlier === undefined ? "skill found" : "skill changed";
    log("info", words, { skill: name, kinds: skill.kinds.join(" ") });
  }
  for (const name of old.keys()) if (!fresh.has(name)) log("info", "skill gone", { skill: name });
  const known = new Set((before?.problems ?? []).map(({ folder, message }) => folder + message));
  for (const { folder, code, message } of now.problems) {
    if (known.has(folder + message)) continue;
    log("warn", "skill cannot be used", { folder, code, reason: message });
  }
}
