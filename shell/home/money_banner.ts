/**
 * The banner above amounts, for every command that shows money. It names the networks of the shown rows, one on each line, or the chosen
 * network if there are no rows. Each amount is in the asset of its row's network.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Profile } from "../../config/profile.ts";
import { DEV_CHAIN_ID } from "../../config/chains.ts";
import type { Store } from "../../store/store.ts";
import { type Asset, M2M, UNITS } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../amount.ts";
import type { Output } from "../output.ts";
import { readStore } from "./read_store.ts";

/** The part of a configuration that names networks. */
export type KnownNetworks = Pick<Config, "profile" | "profiles">;

/** A network with what is needed to show its amounts. */
interface ShownNetwork {
  readonly name: string;
  /** Null if this home has no profile with that name any more. */
  readonly testnet: boolean | null;
  /** Base units if the asset is not known. */
  readonly asset: Asset;
}

/** The dev network while it is not running. */
const DEV: ShownNetwork = { name: "dev", testnet: true, asset: M2M };

/** The network that a row names. Rows of older versions name none; they count as the chosen network's. */
export function networkNamed(known: KnownNetworks, name: string | null): ShownNetwork {
  if (name === null || name === known.profile.name) return shownOf(known.profile);
  const profile = known.profiles.get(name);
  if (profile !== undefined) return shownOf(profile);
  return name === DEV.name ? DEV : { name, testnet: null, asset: UNITS };
}

/** The network of a transaction, by its chain id. */
export function networkOfChain(known: KnownNetworks, chainId: number): string {
  const { profile, profiles } = known;
  if (profile.chain.chainId === chainId) return profile.name;
  const found = [...profiles.values()].find(({ chain }) => chain.chainId === chainId);
  return found?.name ?? (chainId === DEV_CHAIN_ID ? DEV.name : `chain ${chainId}`);
}

/** The asset of a sum over rows of these networks; base units if they have different assets. */
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

/** The same banner as a note on standard error, in text mode only. */
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

/** The network on which a job was bought or served; null if the journal does not say, e.g. because its entries were removed. */
export async function networkOfJob(
  store: Pick<Store, "listJournal">,
  jobId: string,
): Promise<string | null> {
  const entries = await store.listJournal({ jobId, limit: ENTRIES });
  // The filter matches prefixes, so other ids are left out here.
  return entries.filter((entry) => entry.jobId === jobId).map(networkOfEntry)
    .find((network) => network !== null) ?? null;
}

/** The most entries of a job that are read. */
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
