/**
 * The parts of tasks in `deno.json` that name permissions, environment or rooms. Without effects: commands in, commands out.
 *
 * @module
 */
import { runFlags, START_FLAGS } from "../../shell/run_flags.ts";
import { REACH } from "../rooms.ts";

/** The flags of every test run. Tests may do everything that the product does, but only on this machine. */
export const TEST_FLAGS: readonly string[] = [
  "--no-check",
  ...START_FLAGS,
  "--allow-read",
  "--allow-write",
  "--allow-net=127.0.0.0/8,localhost",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
];

/** The runtime's own path, which the task finds when it runs. */
const THIS_DENO = "$(deno eval --no-config 'console.log(Deno.execPath())')";

/** The programs that benches start in addition to the product's. */
const BENCH_PROGRAMS = ["node", "npm", "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"];

/** Rooms whose doc comments run as tests, `mod.ts` first. Compiled files have none. */
const DOCUMENTED = [
  "mod.ts",
  ...Object.keys(REACH).filter((room) => !["contracts", "mod", "cli"].includes(room)),
].join(" ");

/** The command of a task with its generated parts. */
export function taskCommand(name: string, command: string): string {
  if (name === "crosstown") return running(runFlags(THIS_DENO), "cli.ts");
  // The program is the first argument.
  if (name === "example") return ["deno", "run", ...runFlags(THIS_DENO).map(quoted)].join(" ");
  if (name === "bench") {
    const grants = { sys: ["cpus", "uid"], programs: BENCH_PROGRAMS };
    return running(runFlags(THIS_DENO, grants), "bench/main.ts");
  }
  return command
    .replace(
      /deno (test|run) --no-check .*?--allow-run(?= )/g,
      (_, verb) => ["deno", verb, ...TEST_FLAGS.map(quoted)].join(" "),
    )
    .replace(/(deno test --doc [^&]*? )mod\.ts [a-z ]+/g, (_, before) => before + DOCUMENTED);
}

function running(flags: readonly string[], file: string): string {
  return ["deno", "run", ...flags.map(quoted), file].join(" ");
}

/** A word in a shell's command line, quoted if the shell would split it. */
export function quoted(word: string): string {
  return /[*$ ]/.test(word) ? `"${word}"` : word;
}
