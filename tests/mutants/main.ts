/**
 * `deno task mutants`: breaks one operator or constant of money, store and protocols at a time and runs the unit tests
 * that it can affect, the quick ones first, until one fails. Prints the mutants that no test noticed. Exits 1 if fewer
 * than nine of ten are caught.
 *
 * `--count N` mutants (300), `--seed K` (1), `--only PATH` a folder, a file or `file:line`, `--tests PATH` runs only this test
 * file, or those of this folder (may be given again), `--jobs N` copies at work at once (2), `--state FILE` stores the
 * results, so that an interrupted run can continue, `--budget SECONDS` of processor time for a mutant's tests (120):
 * one that survives them
 * counts as a survivor.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { batchesOf, measuredTests, unitTests } from "./covering.ts";
import { EQUIVALENT, equivalentOf } from "./equivalent.ts";
import { killRuns } from "./session.ts";
import { chosen, type Site, sitesOf } from "./sites.ts";
import { hashOf, MutantState } from "./state.ts";
import { MutantTree, type Outcome } from "./tree.ts";

const FOLDERS = ["money", "store", "protocols"];
const WANTED = 0.9;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    count: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    budget: { type: "string", default: "120" },
    only: { type: "string" },
    tests: { type: "string", multiple: true },
    state: { type: "string" },
  },
});
const root = await Deno.realPath(`${import.meta.dirname}/../..`);
const jobs = Number(values.jobs);
const note = (text: string) => console.error(text);
/** Copies of the tree are removed with this process. */
const scratch = await Deno.makeTempDir({ prefix: "mutants-" });
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.addSignalListener(signal, () => {
    killRuns();
    Deno.removeSync(scratch, { recursive: true });
    Deno.exit(code);
  });
}

const all = await sitesOf(root, FOLDERS);
const sites = all.filter(({ file, line }) =>
  values.only === undefined || file === values.only || `${file}:${line}` === values.only ||
  file.startsWith(`${values.only}/`)
);
const picked = chosen(sites, Number(values.count), Number(values.seed));
note(`${sites.length} places, ${picked.length} chosen with seed ${values.seed}`);
const files = [...new Set(all.map(({ file }) => file))];
const choice = picked.map(({ id }) => id).join("\n");
const state = await MutantState.open(values.state ?? null, await hashOf(root, files, choice));
const testPaths = unitTests(root).filter((path) =>
  values.tests?.some((wanted) => path === wanted || path.startsWith(`${wanted}/`)) ?? true
);
const tests = await measuredTests(
  root,
  testPaths,
  picked,
  jobs,
  scratch,
  state,
  (done, of) => done % 20 === 0 && note(`measured: ${done} of ${of} test files`),
  (path) => note(`${path} fails or takes too long: it is left out`),
);

const counts = { caught: 0, late: 0, survived: 0, uncovered: 0, equivalent: 0 };
let next = 0;
let done = 0;
await Promise.all(Array.from({ length: jobs }, async () => {
  const tree = await MutantTree.copy(root, await Deno.makeTempDir({ dir: scratch }));
  while (next < picked.length) {
    const site = picked[next++];
    const outcome = await outcomeOf(tree, site);
    counts[outcome]++;
    if (outcome !== "caught" && outcome !== "late") await tell(site, outcome);
    if (++done % 20 === 0) note(`${done} of ${picked.length}`);
  }
}));
await Deno.remove(scratch, { recursive: true });

const caught = counts.caught + counts.late;
const counted = picked.length - counts.equivalent;
const share = counted === 0 ? 0 : caught / counted;
console.log(
  `${caught} of ${counted} caught (${counts.late} of them by a limit of time), ${
    (100 * share).toFixed(1)
  } %; ${counts.survived} survived, ${counts.uncovered} uncovered, ${counts.equivalent} equivalent`,
);
Deno.exit(share >= WANTED ? 0 : 1);

async function outcomeOf(tree: MutantTree, site: Site): Promise<Outcome | "equivalent"> {
  const text = await Deno.readTextFile(`${root}/${site.file}`);
  if (equivalentOf(site, text) !== undefined) return "equivalent";
  const known = state.outcome(site.id);
  if (known?.outcome === "caught" || known?.outcome === "late") return known.outcome;
  const passed = known?.passed ?? [];
  const covering = tests.filter(({ sites }) => sites.has(site.id));
  const left = covering.filter(({ path, hash }) => !passed.includes(`${path} ${hash}`));
  const batches = batchesOf(left, site.file, Number(values.budget));
  if (batches.length === 0) return covering.length === 0 ? "uncovered" : "survived";
  const outcome = await tree.try(site, batches);
  const tried = batches.flat().map(({ path, hash }) => `${path} ${hash}`);
  await state.keepOutcome(site.id, {
    outcome,
    passed: outcome === "survived" ? [...passed, ...tried] : [],
  });
  return outcome;
}

async function tell(site: Site, outcome: string): Promise<void> {
  const text = await Deno.readTextFile(`${root}/${site.file}`);
  const line = text.split("\n")[site.line - 1].trim();
  const what = text.slice(site.from, site.until);
  const why = equivalentOf(site, text, EQUIVALENT)?.why;
  console.log(
    `${outcome} ${site.file}:${site.line}  ${what} -> ${site.text || "(left out)"}  ${line}` +
      (why === undefined ? "" : `  (${why})`),
  );
}
