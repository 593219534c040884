/**
 * Stores the figures of `node benchmark` in a home, as JSON of the announcement's tag. A crash leaves the whole file or none.
 *
 * @module
 */
import { openPlainFile, readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";
import type { HomePaths } from "../../config/paths.ts";
import { benchmarkTag, readBenchmarkTag } from "../../market/benchmark_tag.ts";
import type { Benchmark } from "../../skills/benchmark.ts";

/** Writes the figures by a rename. */
export async function writeOwnBenchmark(
  { mayorFolder, benchmarkFile }: Pick<HomePaths, "mayorFolder" | "benchmarkFile">,
  benchmark: Benchmark,
): Promise<void> {
  await Deno.mkdir(mayorFolder, { recursive: true, mode: 0o700 });
  const beside = `${benchmarkFile}.new`;
  await replacePlainFile(beside, `${JSON.stringify(benchmarkTag(benchmark))}\n`);
  {
    using written = await openPlainFile(beside, { write: true });
    await written.sync();
  }
  await Deno.rename(beside, benchmarkFile);
}

/** The stored figures; null if there are none or they cannot be read. */
export async function readOwnBenchmark(
  { benchmarkFile }: Pick<HomePaths, "benchmarkFile">,
): Promise<Benchmark | null> {
  try {
    return readBenchmarkTag(JSON.parse(await readPlainText(benchmarkFile)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}
