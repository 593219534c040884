/**
 * The figures that `node benchmark` keeps in a home: the tag of the announcement as JSON, whole or not there.
 *
 * @module
 */
import { openPlainFile, readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";
import type { HomePaths } from "../../config/paths.ts";
import { benchmarkTag, readBenchmarkTag } from "../../market/benchmark_tag.ts";
import type { Benchmark } from "../../skills/benchmark.ts";

/** Keeps them, by rename. */
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

/** What was kept; null where nothing was, or what cannot be read. */
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
