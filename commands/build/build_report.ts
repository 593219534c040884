/**
 * What `crosstown build` prints: each platform's image and test, and the archive that holds them.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Market } from "../../market/market_service.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { printable, printableLine } from "../../shell/output.ts";
import type { JobRow } from "../../store/job_row.ts";
import { jobDocument } from "../job/job_report.ts";
import type { Gathered } from "./build_images.ts";

/** The outcome of a build. */
interface Built {
  readonly name: string;
  /** One job for each platform, in the order of the platforms. */
  readonly rows: readonly JobRow[];
  readonly platforms: readonly string[];
  /** Null if a build or a test failed. */
  readonly gathered: Gathered | null;
  /** Path of the archive; null if none was asked for. */
  readonly file: string | null;
  /** Name of the container engine that loaded the archive; null if none was asked for. */
  readonly loaded: string | null;
}

/** Prints the outcome: the log of each failed build, then one line for each platform. */
export async function showBuild(
  { output, io }: Pick<Invocation, "output" | "io">,
  market: Pick<Market, "readResult">,
  config: Config,
  { name, rows, platforms, gathered, file: asked, loaded }: Built,
): Promise<void> {
  const index = gathered !== null && "images" in gathered ? gathered : null;
  const failed = gathered !== null && "error" in gathered ? gathered.error : null;
  const file = index === null ? null : asked;
  const images = await Promise.all(rows.map(async (row, at) => {
    const result = row.result === null ? null : await market.readResult(row.kind, row.result);
    const { status, job_id, provider, paid_units, elapsed_ms, error } = jobDocument(
      row,
      result,
      io.clock(),
    );
    return {
      platform: platforms[at],
      emulated: result?.emulated ?? null,
      summary: result?.summary ?? null,
      tests: result?.tests ?? null,
      exit_code: result?.exit_code ?? null,
      digest: result?.image?.digest ?? null,
      size_bytes: result?.image?.size_bytes ?? null,
      layers: result?.image?.layers ?? [],
      storage_units: BigInt(result?.image?.storage_units ?? 0),
      statement: index?.images[at].statement ?? null,
      status,
      job_id,
      provider,
      paid_units,
      elapsed_ms,
      log: result?.log ?? null,
      ...(error && { error }),
    };
  }));
  const document = {
    name,
    digest: index?.digest ?? null,
    file,
    loaded,
    archive_bytes: index?.sizeBytes ?? null,
    images,
    ...(failed !== null && { error: failed }),
  };
  const { asset } = config.profile;
  const text = () => {
    const lines = images.flatMap((image) => {
      const how = image.emulated ? ", emulated" : "";
      const reason = image.error ? `${image.error.message} (${image.error.code})` : image.status;
      const said = printableLine(image.summary ?? reason);
      return [
        ...(image.exit_code === 0 || !image.log ? [] : [printable(image.log.trimEnd()), ""]),
        `${image.platform}${how}: ${said}`,
        `  ${image.digest ?? "no image"}, ${image.job_id}, ${
          formatUnits(image.paid_units, asset)
        }` +
        (image.storage_units === 0n
          ? ""
          : ` (${formatUnits(image.storage_units, asset)} of it for the image's storage)`),
      ];
    });
    if (index !== null) {
      lines.push(`${name}: ${index.digest}, each image as its provider signed it`);
    }
    if (failed !== null) lines.push(`${name}: ${printableLine(failed.message)} (${failed.code})`);
    if (file !== null) {
      lines.push(
        `  written to ${file}: podman load -i, docker load -i, or skopeo copy oci-archive:`,
      );
    }
    if (loaded !== null) lines.push(`  loaded into ${loaded}`);
    lines.push(summaryOf(images));
    return lines.join("\n");
  };
  await output.document(
    "build",
    document,
    text,
    images.map(({ layers: _l, statement: _s, log: _g, tests, error, ...flat }) => ({
      ...flat,
      tests: tests === null ? null : `${tests.passed}/${tests.total}`,
      error: error?.code ?? null,
    })),
  );
}

/** The line over all platforms, e.g. `Build: SUCCESS | Tests: 94/94 passed`. */
function summaryOf(
  images: readonly {
    readonly digest: string | null;
    readonly summary: string | null;
    readonly tests: { readonly passed: number; readonly total: number } | null;
  }[],
): string {
  if (images.some(({ digest }) => digest === null)) return "Build: FAILED";
  const words = images.map(({ summary }) => /\| Tests: (passed|failed)$/.exec(summary ?? "")?.[1]);
  const counts = images.flatMap(({ tests }) => tests === null ? [] : [tests]);
  const sum = (of: "passed" | "total") => counts.reduce((all, each) => all + each[of], 0);
  if (words.includes("failed")) return "Build: SUCCESS | Tests: failed";
  if (counts.length > 0) return `Build: SUCCESS | Tests: ${sum("passed")}/${sum("total")} passed`;
  return words.includes("passed") ? "Build: SUCCESS | Tests: passed" : "Build: SUCCESS";
}
