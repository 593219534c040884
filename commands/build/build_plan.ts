/**
 * What `crosstown build --dry-run` prints: the provider and the price for each platform.
 *
 * @module
 */
import { blobPriceUnits } from "../../blobs/blob_price.ts";
import type { Config } from "../../config/config.ts";
import type { JobFlags } from "../../market/intake.ts";
import type { Market } from "../../market/market_service.ts";
import { IMAGE_LIMIT } from "../../market/offer.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { checkBalance } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";
import { filesDocument } from "../job/job_input.ts";
import type { LargeInput } from "../job/job_blob.ts";
import { planWith } from "../job/job_making.ts";

/** One platform's build, as it is printed. */
interface PlannedBuild {
  readonly platform: string;
  readonly provider: string;
  readonly write_units: bigint;
  readonly job_units: bigint;
  readonly total_units: bigint;
  /** The largest image whose storage the price covers, in bytes; null if the provider does not say. */
  readonly image_bytes: number | null;
}

/** Asks providers for the price of these jobs and prints it. Exit 0. Throws InputError. */
export async function planBuild(
  { output, io }: Pick<Invocation, "output" | "io">,
  config: Config,
  { home, market }: { readonly home: HomeClient; readonly market: Market },
  jobs: readonly (JobFlags & { readonly platform: string })[],
  { large, files }: { readonly large: LargeInput | null; readonly files: PackedFiles | null },
): Promise<number> {
  const platforms: PlannedBuild[] = [];
  for (const job of jobs) {
    const { provider, writeUnits, priceUnits, limits } = await planWith(home, market, config, job);
    platforms.push({
      platform: job.platform,
      provider,
      write_units: writeUnits,
      job_units: priceUnits,
      total_units: writeUnits + priceUnits,
      image_bytes: limits[IMAGE_LIMIT] ?? null,
    });
  }
  const storageUnits = large === null
    ? 0n
    : blobPriceUnits(large.bytes.length, large.blobs.unitsPerMib);
  const totalUnits = platforms.reduce((sum, { total_units }) => sum + total_units, storageUnits);
  await home.read((store) => checkBalance(config, store, totalUnits, io.clock()));
  const price = (units: bigint) => formatUnits(units, config.profile.asset);
  const plan = {
    dry_run: true,
    platforms,
    input_storage_units: storageUnits,
    total_units: totalUnits,
    input: files === null ? null : filesDocument(files),
  };
  await output.document("build-plan", plan, () =>
    [
      ...platforms.map(({ platform, provider, total_units, image_bytes }) =>
        `${platform}: ${price(total_units)}, by ${provider}` +
        (image_bytes === null
          ? ""
          : `, with the storage of an image of up to ${image_bytes >> 20} MiB`)
      ),
      ...(large === null ? [] : [`input: at most ${price(storageUnits)} for its storage`]),
      `Would pay ${price(totalUnits)} in total`,
    ].join("\n"), platforms.map((each) => ({ dry_run: true, ...each })));
  return 0;
}
