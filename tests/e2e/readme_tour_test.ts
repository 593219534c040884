/** The README's tour as a newcomer runs it: its lines one after the other in one shell, with an empty home. */
import assert from "node:assert/strict";
import { docLines } from "../commands/doc_lines.ts";
import { started } from "../program.ts";
import { testHome } from "./process.ts";

/** No criterion: a shell that hangs must not hang the suite. */
const TIMEOUT_MS = 300_000;

Deno.test("the README's tour goes from nothing to a paid job, its channel and its payments, and leaves no process", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const [, section] = readme.split("## A 60-second tour\n");
  const lines = docLines("README.md", section.split("\n## ")[0]).map(({ line }) => line);
  assert.match(lines[0], /^crosstown\(\) \{ npx /);
  assert.ok(lines.length >= 6 && lines.at(-1) === "crosstown dev down", lines.join("\n"));

  await using home = await testHome();
  const program = [Deno.execPath(), ...started([])]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  // The function of the first line starts the same program, without asking npm for Deno.
  const script = [
    "set -e",
    `crosstown() { ${program} "$@"; }`,
    ...lines.slice(1).flatMap((line) => [`echo '$ ${line.replaceAll("'", "'\\''")}'`, line]),
  ].join("\n");
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script],
    cwd: home.path,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: home.path,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      GASTOWN_HOME: home.path,
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, `${out}\n${err}`);
  const [, ...steps] = out.split(/^\$ /m);
  const shown = (command: string) => steps.find((step) => step.startsWith(command)) ?? "";
  assert.match(shown("crosstown provider list"), /echo/);
  assert.match(shown('crosstown job submit echo --input "hi" --dry-run'), /M2M in total/);
  assert.match(
    shown('crosstown job submit echo --input "hi" --wait'),
    /SUCCESS[^]*paid +0\.0\d+ M2M/,
  );
  assert.match(shown("crosstown channel list"), /open +49\.\d+ M2M/);
  assert.match(shown("crosstown payments history"), /payment[^]*fulfilled/);
});
