/**
 * A user's folder: an empty `HOME`, a project, a clone, and `crosstown` on the `PATH`. Commands run in a shell, as they are copied.
 *
 * @module
 */
import assert from "node:assert/strict";
import { started } from "../../program.ts";
import { killQuietly, processesOf } from "../alive.ts";
import { type Document, untilNone } from "../process.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** No criterion: a busy machine is slow. */
const TIMEOUT_MS = 300_000;

/** How one line is run. A line that is run as it stands, and must end with 0, has none of these. */
export interface Way {
  /** The folder in which it runs: `town` (also without), a clone of this repository, a project with tests, an empty one, or the state of the user's home. */
  readonly cwd?: "town" | "repository" | "project" | "own" | "state";
  /** The home, as a path below `HOME`; by default the one that the command finds. */
  readonly home?: string;
  /** What a person writes instead of a part of the line. */
  readonly put?: Readonly<Record<string, (town: DocTown) => Promise<string>>>;
  /** What is added to it, e.g. because there is no terminal. */
  readonly add?: string;
  /** It stays until it is interrupted; it is when its output matches this. */
  readonly until?: RegExp;
  /** What is run while it stays, so that it has something to show; again and again until it has shown something. */
  readonly meanwhile?: string;
  /** Further variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** A program that a machine may lack; the line is not run there. */
  readonly needs?: string;
  /** What the text before the line asks for. */
  readonly before?: (town: DocTown) => Promise<unknown>;
}

/** What a line did. */
export interface Done {
  readonly code: number;
  readonly text: string;
}

/** The folder and the processes in it. */
export class DocTown {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Makes an empty one. */
  static async make(): Promise<DocTown> {
    const path = await Deno.makeTempDir({ prefix: "ct-docs-" });
    for (const folder of ["home", "bin", "town", "project", "own"]) {
      await Deno.mkdir(`${path}/${folder}`);
    }
    const words = [Deno.execPath(), ...started([])].map((word) => `'${word}'`).join(" ");
    const script = async (name: string, text: string) =>
      await Deno.writeTextFile(`${path}/bin/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    await script("crosstown", `exec ${words} "$@"`);
    // npx would download this version, which runs this test.
    await script(
      "npx",
      `[ "$1 $2" = "--yes deno@$(deno -v | cut -d' ' -f2)" ] && shift 2 && exec deno "$@"`,
    );
    const town = new DocTown(path);
    await Deno.symlink(`${ROOT}fixtures`, `${path}/town/fixtures`);
    await town.write(
      "project/test.sh",
      "mkdir -p dist && echo built > dist/app\necho 'ok | 1 passed | 0 failed'\n",
    );
    await town.write("home/passphrase", "four or more unrelated words\n");
    await town.write("project/Makefile", "test:\n\tsh test.sh\n");
    return town;
  }

  /** Writes a file below the town's own folder. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#path}/${name}`, text, { mode: 0o600 });
  }

  /** The user's `HOME`. */
  get home(): string {
    return `${this.#path}/home`;
  }

  /** Runs a line in a shell; without a code of its own it must succeed. */
  async run(line: string, way: Way = {}): Promise<Done> {
    await way.before?.(this);
    let command = line;
    for (const [part, value] of Object.entries(way.put ?? {})) {
      assert.ok(command.includes(part), `${line}: no ${part}`);
      command = command.replaceAll(part, await value(this));
    }
    const cwd = {
      repository: ROOT,
      state: `${this.home}/.gt/hooks/mayor-001/crosstown`,
      town: `${this.#path}/town`,
      project: `${this.#path}/project`,
      own: `${this.#path}/own`,
    }[way.cwd ?? "town"];
    const child = new Deno.Command("bash", {
      args: ["-o", "pipefail", "-c", `${command}${way.add ?? ""}`],
      cwd,
      clearEnv: true,
      env: {
        PATH: `${this.#path}/bin:${Deno.execPath().replace(/\/[^/]*$/, "")}:${
          Deno.env.get("PATH")
        }`,
        HOME: this.home,
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
        ...(way.home === undefined ? {} : { GASTOWN_HOME: `${this.home}/${way.home}` }),
        ...way.env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    let text = "";
    let interrupted = false;
    const read = async (stream: ReadableStream<Uint8Array>) => {
      for await (const part of stream.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (interrupted || way.until === undefined || !way.until.test(text)) continue;
        interrupted = true;
        child.kill("SIGINT");
      }
    };
    let ended = false;
    const happen = async (what: string) => {
      do await this.json(what); while (!interrupted && !ended);
    };
    const [{ code }] = await Promise.all([
      child.status.finally(() => ended = true),
      read(child.stdout),
      read(child.stderr),
      way.meanwhile && happen(way.meanwhile),
    ]);
    clearTimeout(timer);
    if (way.until !== undefined && !interrupted) {
      return { code: code || 1, text: `${text}\nended before ${way.until}` };
    }
    return { code: interrupted && code === 130 ? 0 : code, text };
  }

  /** The document of a command that succeeds. */
  async json(command: string, way: Way = {}): Promise<Document> {
    const { code, text } = await this.run(`crosstown ${command} --output json 2>/dev/null`, way);
    assert.equal(code, 0, `crosstown ${command}\n${text}`);
    return JSON.parse(text);
  }

  /** Ends every process that works for this town, and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const daemon of ["node down --home ~/try", "mayor down", "dev down"]) {
        await this.run(`crosstown ${daemon}`);
      }
      assert.deepEqual(await untilNone(() => processesOf(this.#path)), [], "no process is left");
    } finally {
      for (const pid of await processesOf(this.#path)) killQuietly(pid);
      await Deno.remove(this.#path, { recursive: true });
    }
  }
}
