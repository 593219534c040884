/**
 * A copy of the tree in which one place at a time is broken, and the tests that are run in it.
 *
 * @module
 */
import { TEST_FLAGS } from "../../lint/generate/tasks.ts";
import { broken, type Site } from "./sites.ts";

/** What became of a mutant: a test failed, no test ended in time, or all passed. */
export type Outcome = "caught" | "timeout" | "survived";

/** Files of the repository that no test of a mutant reads. */
const LEFT_OUT = new Set([".git", "node_modules"]);

/** One copy; mutants in it are tried one after the other. */
export class MutantTree {
  private constructor(private readonly path: string, private readonly original: string) {}

  static async copy(root: string): Promise<MutantTree> {
    const folder = await Deno.makeTempDir({ prefix: "mutants-" });
    const path = `${folder}/tree`;
    await copyFolder(root, path);
    await Deno.symlink(await Deno.realPath(`${root}/node_modules`), `${path}/node_modules`);
    return new MutantTree(path, root);
  }

  /** `limitMs` holds for all files together; what is still running then is killed. */
  async try(site: Site, files: readonly string[], limitMs: number): Promise<Outcome> {
    const original = await Deno.readTextFile(`${this.original}/${site.file}`);
    await Deno.writeTextFile(`${this.path}/${site.file}`, broken(original, site));
    try {
      return await this.#run(files, limitMs);
    } finally {
      await Deno.writeTextFile(`${this.path}/${site.file}`, original);
    }
  }

  async #run(files: readonly string[], limitMs: number): Promise<Outcome> {
    // setsid: what a test started and left behind ends with it.
    const child = new Deno.Command("setsid", {
      args: ["--wait", Deno.execPath(), "test", ...TEST_FLAGS, "--fail-fast", ...files],
      cwd: this.path,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      env: { NO_COLOR: "1", DENO_JOBS: "1" },
    }).spawn();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killSession(child.pid);
    }, limitMs);
    const { success } = await child.status;
    clearTimeout(timer);
    return late ? "timeout" : success ? "survived" : "caught";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(`${this.path}/..`, { recursive: true });
  }
}

/** Kills a process and all below it. */
function killSession(pid: number): void {
  for (const below of childrenOf(pid)) killSession(below);
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ")
      .filter((word) => word !== "").map(Number);
  } catch {
    return [];
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (LEFT_OUT.has(name)) continue;
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else if (isFile) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
