/**
 * Attacks of the table, as `deno task escape` runs them: each succeeds without the sandbox and fails inside. Of each class, one of four runs,
 * and one of 24 in gVisor, which is slower; `deno task long` runs all.
 */
import assert from "node:assert/strict";
import { isLong } from "../long.ts";
import { noRunsc } from "../skills/gvisor.ts";
import { noSandbox } from "../skills/machine.ts";

const missing = await new Deno.Command("unshare", {
  args: ["--mount", "--net", "--ipc", "--uts", "--", "perl", "-e", "1"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => !success, () => true);
const no = missing
  ? { ignore: true, why: " (ignored: the lab needs root, unshare and perl)" }
  : noSandbox;

Deno.test(`no attack gets out of the sandbox, and each succeeds without it${no.why}`, {
  ignore: no.ignore,
}, async () => {
  assert.ok(await attacked(...(isLong ? [] : ["--every=4"])) >= (isLong ? 300 : 80));
});

const noLab = no.ignore ? no : noRunsc;
Deno.test(`no attack gets out of gVisor${noLab.why}`, { ignore: noLab.ignore }, async () => {
  assert.ok(await attacked("--sandbox=runsc", `--every=${isLong ? 1 : 24}`) >= 20);
});

/** Runs the table and checks that nothing escaped. Returns the number of attacks. */
async function attacked(...options: string[]): Promise<number> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--cached-only", "--no-prompt"],
      ...["read", "write", "env", "sys", "run"].map((name) => `--allow-${name}`),
      new URL("main.ts", import.meta.url).pathname,
      "--json",
      ...options,
    ],
    stderr: "inherit",
  }).output();
  const { attacks, escaped, proved_without_sandbox, rows } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  // deno-lint-ignore no-explicit-any -- Rows as a program that reads the report gets them.
  const of = (found: (row: any) => boolean) => rows.filter(found).map(({ name }: any) => name);
  assert.deepEqual(of((row) => row.escaped !== null), [], "escaped");
  assert.deepEqual(of((row) => row.without_sandbox === null), [], "not proved");
  assert.equal(new Set(of(() => true)).size, attacks, "each attack has a name of its own");
  assert.deepEqual([escaped, proved_without_sandbox], [0, attacks]);
  return attacks;
}
