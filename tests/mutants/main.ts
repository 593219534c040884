/**
 * `deno task mutants`: breaks one operator or constant of money, store and protocols at a time and runs the unit tests that come by
 * its line. Prints those that no test noticed. Exit 1 when fewer than nine of ten are caught.
 *
 * `--count N` mutants (300), `--seed K` (1), `--only PATH` a folder or file, `--jobs N` copies at work at once (2), `--map FILE` keeps
 * which test comes by which line between two runs of the same tree.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { coveringTests, type TestFile, testsOf } from "./covering.ts";
import { chosen, type Site, sitesOf } from "./sites.ts";
import { MutantTree, type Outcome } from "./tree.ts";

const FOLDERS = ["money", "store", "protocols"];
const WANTED = 0.9;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    count: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    only: { type: "string" },
    map: { type: "string" },
  },
});
const root = await Deno.realPath(`${import.meta.dirname}/../..`);
const jobs = Number(values.jobs);
const note = (text: string) => console.error(text);

const tests = await coverage();
const sites = (await sitesOf(root, FOLDERS)).filter(({ file }) =>
  values.only === undefined || file === values.only || file.startsWith(`${values.only}/`)
);
const picked = chosen(sites, Number(values.count), Number(values.seed));
note(`${sites.length} places, ${picked.length} chosen with seed ${values.seed}`);

const outcomes: { readonly site: Site; readonly outcome: Outcome | "uncovered" }[] = [];
let next = 0;
await Promise.all(Array.from({ length: jobs }, async () => {
  await using tree = await MutantTree.copy(root);
  while (next < picked.length) {
    const site = picked[next++];
    const outcome = await outcomeOf(tree, site);
    outcomes.push({ site, outcome });
    if (outcome === "survived" || outcome === "uncovered") console.log(await shown(site, outcome));
    if (outcomes.length % 20 === 0) note(`${outcomes.length} of ${picked.length}`);
  }
}));

const caught = outcomes.filter(({ outcome }) => outcome === "caught" || outcome === "timeout");
const share = outcomes.length === 0 ? 0 : caught.length / outcomes.length;
console.log(`${caught.length} of ${outcomes.length} caught, ${(100 * share).toFixed(1)} %`);
Deno.exitCode = share >= WANTED ? 0 : 1;

/** The nearest test file first, alone: it catches most. */
async function outcomeOf(tree: MutantTree, site: Site): Promise<Outcome | "uncovered"> {
  const covering = testsOf(tests, site.file, site.line);
  if (covering.length === 0) return "uncovered";
  for (const batch of [covering.slice(0, 1), covering.slice(1)]) {
    if (batch.length === 0) continue;
    const tookMs = batch.reduce((sum, file) => sum + file.tookMs, 0);
    const outcome = await tree.try(site, batch.map(({ path }) => path), 20_000 + 4 * tookMs);
    if (outcome !== "survived") return outcome;
  }
  return "survived";
}

async function coverage(): Promise<readonly TestFile[]> {
  if (values.map !== undefined) {
    const kept = await Deno.readTextFile(values.map).catch(() => null);
    if (kept !== null) {
      return JSON.parse(kept).map((file: TestFile) => ({ ...file, lines: new Set(file.lines) }));
    }
  }
  const found = await coveringTests(
    root,
    jobs,
    (done, of) => done % 20 === 0 && note(`coverage: ${done} of ${of} test files`),
    (path) => note(`${path} fails or takes three minutes: it is left out`),
  );
  if (values.map !== undefined) {
    const rows = found.map((file) => ({ ...file, lines: [...file.lines] }));
    await Deno.writeTextFile(values.map, JSON.stringify(rows));
  }
  return found;
}

async function shown(site: Site, outcome: string): Promise<string> {
  const text = await Deno.readTextFile(`${root}/${site.file}`);
  const line = text.split("\n")[site.line - 1].trim();
  const what = text.slice(site.from, site.until);
  return `${outcome} ${site.file}:${site.line}  ${what} -> ${site.text || "(left out)"}  ${line}`;
}
