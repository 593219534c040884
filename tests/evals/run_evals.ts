/**
 * Gives the prompts of `skills/crosstown/evals/evals.json` to an agent's program, one after the other, each in a folder with the project
 * and the skill, in a scratch home with a dev network. What the agent left behind decides.
 *
 * @module
 */
import { started } from "../program.ts";
import { devHome } from "../e2e/process.ts";
import { before, CHECKS, outcomeOf } from "./outcomes.ts";

const SKILL = new URL("../../skills/crosstown/", import.meta.url);

/** A prompt, in the format of agent skills. */
interface Eval {
  readonly id: number;
  readonly prompt: string;
  readonly files: readonly string[];
  readonly assertions: readonly string[];
}

/** How an agent did with a prompt. */
export interface Graded {
  readonly id: number;
  /** By assertion: whether it holds. */
  readonly held: Readonly<Record<string, boolean>>;
  /** Exit code of the agent's program. */
  readonly code: number;
  /** The end of what it printed. */
  readonly said: string;
}

/** The prompts of the skill. */
export async function evals(): Promise<readonly Eval[]> {
  return JSON.parse(await Deno.readTextFile(new URL("evals/evals.json", SKILL))).evals;
}

/** Options of {@link runEvals}. */
interface RunOptions {
  /** A command line; the prompt is its last argument. */
  readonly agent: string;
  /** Only these prompts. */
  readonly ids?: readonly number[];
  /** An agent that takes longer is killed. */
  readonly timeoutMs: number;
}

/** Runs the agent on each prompt. */
export async function* runEvals({ agent, ids, timeoutMs }: RunOptions): AsyncGenerator<Graded> {
  await using home = await devHome();
  const towns = await Deno.makeTempDir({ prefix: "ct-evals-" });
  try {
    await Deno.mkdir(`${towns}/bin`);
    const words = [Deno.execPath(), ...started([])].map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(`${towns}/bin/crosstown`, `#!/bin/sh\nexec ${words} "$@"\n`, {
      mode: 0o755,
    });
    for (const one of await evals()) {
      if (ids !== undefined && !ids.includes(one.id)) continue;
      const folder = await townOf(one, `${towns}/${one.id}`);
      const then = await before(home);
      const { code, said } = await work(agent, one.prompt, {
        folder,
        timeoutMs,
        env: {
          GASTOWN_HOME: home.path,
          PATH: `${towns}/bin:${Deno.env.get("PATH") ?? ""}`,
        },
      });
      const outcome = await outcomeOf(home, then, { prompt: one.prompt, folder });
      const held = one.assertions.map((each) => [each, CHECKS[each](outcome)] as const);
      yield { id: one.id, held: Object.fromEntries(held), code, said };
    }
  } finally {
    await Deno.remove(towns, { recursive: true });
  }
}

/** The project of a prompt, with the skill where agents look for it. */
async function townOf({ files }: Eval, folder: string): Promise<string> {
  for (const skills of [".claude/skills/crosstown", ".agents/skills/crosstown"]) {
    await Deno.mkdir(`${folder}/${skills}`, { recursive: true });
    await Deno.copyFile(new URL("SKILL.md", SKILL), `${folder}/${skills}/SKILL.md`);
  }
  for (const file of files) {
    const name = file.split("/").at(-1)!;
    await Deno.copyFile(new URL(`evals/${file}`, SKILL), `${folder}/${name}`);
  }
  return folder;
}

/** Lets the agent work. It has the environment of this process, because it needs its own account. */
async function work(
  agent: string,
  prompt: string,
  { folder, timeoutMs, env }: {
    readonly folder: string;
    readonly timeoutMs: number;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<{ readonly code: number; readonly said: string }> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `${agent} "$1"`, "sh", prompt],
    cwd: folder,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(timeoutMs),
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, said: `${out}${err}`.slice(-MAX_SAID) };
}

const MAX_SAID = 2_000;
