/**
 * The banner over amounts, for every command that shows money: it names the networks of the rows that are shown, one line each, and
 * the chosen network where there are no rows. An amount is told in the asset of its own row's network.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Profile } from "../../config/profile.ts";
import { DEV_CHAIN_ID } from "../../config/profile_chain.ts";
import type { Store } from "../../store/store.ts";
import { type Asset, M2M, UNITS } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../amount.ts";
import type { Output } from "../output.ts";
import { readStore } from "./read_store.ts";

/** What is asked of a configuration. */
export type KnownNetworks = Pick<Config, "profile" | "profiles">;

/** A network as amounts of it are told. */
interface ShownNetwork {
  readonly name: string;
  /** Null where this home has no profile of that name any more. */
  readonly testnet: boolean | null;
  /** Base units where nothing better is known. */
  readonly asset: Asset;
}

/** The dev network when it is down. */
const DEV: ShownNetwork = { name: "dev", testnet: true, asset: M2M };

/** The network that a row names. A row that names none is older than these names, and told as of the chosen network. */
export function networkNamed(known: KnownNetworks, name: string | null): ShownNetwork {
  if (name === null || name === known.profile.name) return shownOf(known.profile);
  const profile = known.profiles.get(name);
  if (profile !== undefined) return shownOf(profile);
  return name === DEV.name ? DEV : { name, testnet: null, asset: UNITS };
}

/** The network whose chain a transaction is on. */
export function networkOfChain(known: KnownNetworks, chainId: number): string {
  const { profile, profiles } = known;
  if (profile.chain.chainId === chainId) return profile.name;
  const found = [...profiles.values()].find(({ chain }) => chain.chainId === chainId);
  return found?.name ?? (chainId === DEV_CHAIN_ID ? DEV.name : `chain ${chainId}`);
}

/** The asset of a sum over rows of these networks; base units as such where they are not of one asset. */
export function assetOfSum(known: KnownNetworks, shown: Iterable<string | null>): Asset {
  const assets = [...new Set(shown)].map((name) => networkNamed(known, name).asset);
  const [first = known.profile.asset, ...others] = assets;
  return others.every(({ code, scale }) => code === first.code && scale === first.scale)
    ? first
    : UNITS;
}

/** The banner over rows of these networks. */
export function bannerOf(known: KnownNetworks, shown: Iterable<string | null> = []): string {
  const names = new Set([...shown].map((name) => name ?? known.profile.name));
  if (names.size === 0) names.add(known.profile.name);
  return [...names].sort().map((name) => lineOf(networkNamed(known, name))).join("\n");
}

/** The same as a note: in text mode alone, on standard error. */
export async function noteNetwork(
  output: Pick<Output, "note">,
  known: KnownNetworks,
  shown: Iterable<string | null> = [],
): Promise<void> {
  await output.note(bannerOf(known, shown));
}

/** The banner over one job, from the home's own journal. */
export async function noteJobNetwork(
  output: Pick<Output, "note">,
  config: Config,
  jobId: string,
): Promise<void> {
  await using store = await readStore(config);
  await noteNetwork(output, config, [await networkOfJob(store, jobId)]);
}

/** The network on which a job was bought or served; null where the journal does not say, as when its entries are too old. */
export async function networkOfJob(
  store: Pick<Store, "listJournal">,
  jobId: string,
): Promise<string | null> {
  const entries = await store.listJournal({ jobId, limit: ENTRIES });
  // The filter also takes ids that only begin so.
  return entries.filter((entry) => entry.jobId === jobId).map(networkOfEntry)
    .find((network) => network !== null) ?? null;
}

/** So many entries of a job are looked at. */
const ENTRIES = 16;

/** The network that an entry of the journal names. */
export function networkOfEntry(
  { data }: { readonly data?: Readonly<Record<string, unknown>> },
): string | null {
  return typeof data?.network === "string" ? data.network : null;
}

function lineOf({ name, testnet }: ShownNetwork): string {
  return testnet === null
    ? `NETWORK ${name}: not in the configuration of this home`
    : networkBanner({ name, testnet });
}

function shownOf({ name, testnet, asset }: Profile): ShownNetwork {
  return { name, testnet, asset };
}
