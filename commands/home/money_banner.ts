/**
 * The banner over amounts: of the chosen network, or of the one on which a job was bought.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { networkBanner } from "../shell/amount.ts";
import type { Output } from "../shell/output.ts";
import { hasStore, readStore } from "./read_store.ts";

/** Networks that are built in and worth nothing. */
const WORTHLESS = ["dev", "base-sepolia"];

/** Says whose money the next lines show; in text mode alone, on standard error. */
export async function noteNetwork(
  output: Pick<Output, "note">,
  config: Config,
  jobId?: string,
): Promise<void> {
  const network = jobId === undefined ? null : await networkOf(config, jobId);
  await output.note(bannerOf(config.profile, network));
}

/** The banner of the profile, or of another network that a job was bought on. */
export function bannerOf(
  profile: { readonly name: string; readonly testnet: boolean },
  network: string | null,
): string {
  if (network === null || network === profile.name) return networkBanner(profile);
  if (WORTHLESS.includes(network)) return networkBanner({ name: network, testnet: true });
  return `NETWORK ${network}: not the chosen one, which is ${profile.name}`;
}

/** What the journal says of the job; null where it says nothing. */
async function networkOf(config: Config, jobId: string): Promise<string | null> {
  if (!await hasStore(config)) return null;
  await using store = await readStore(config);
  const [entry] = await store.listJournal({ jobId, limit: 1 });
  const network = entry?.data.network;
  return typeof network === "string" ? network : null;
}
