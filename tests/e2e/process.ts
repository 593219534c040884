/**
 * The command as users run it: real processes with the task's flags, on a separate home that is always removed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { isLong } from "../long.ts";
import { killQuietly, processesOf } from "./alive.ts";
import { countedInto, started } from "../program.ts";
import { pauseAfter } from "../until.ts";

const ROOT = new URL("../../", import.meta.url);

/** The output and exit of a process that ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  readonly home?: string;
  readonly stdin?: Uint8Array | string;
  readonly cwd?: string;
  /** The program that is run with the command's flags, as a path from the root; by default the command. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The process is killed then, and the test fails. */
  readonly timeoutMs?: number;
  /** Where a dev network that stays gets its standard input's other end: it ends with this process, however that ends. */
  readonly held?: WritableStream<Uint8Array>[];
}

const FOLLOW = "--until-stdin-closes";

/** A command at work. */
export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves when its output so far matches; rejects when it ends before. */
  seen(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Does nothing when it has ended: on a busy machine it may have come to its end before. */
  kill(signal: Deno.Signal): void;
}

/** No criterion: a hung command must not hang the suite, and a busy machine is slow. */
const TIMEOUT_MS = 180_000;

/** Starts `crosstown ARGS`. */
export function start(args: readonly string[], options: RunOptions = {}): Started {
  const { home, stdin, cwd, env = {}, timeoutMs = TIMEOUT_MS, held, program } = options;
  const follows = held !== undefined && args[0] === "dev" && args.includes("--detach");
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...started(args, program === undefined ? undefined : new URL(program, ROOT).pathname),
      ...(follows ? [FOLLOW] : []),
    ],
    cwd: cwd ?? ROOT.pathname,
    clearEnv: true,
    env: {
      ...countedInto,
      PATH: Deno.env.get("PATH") ?? "",
      HOME: home ?? Deno.env.get("HOME") ?? "/",
      ...(Deno.env.has("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR")! } : denoDir()),
      ...(home === undefined ? {} : { GASTOWN_HOME: home }),
      ...env,
    },
    stdin: stdin === undefined && !follows ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (follows) held.push(child.stdin);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const watchers = new Set<() => void>();
  const text = { stdout: "", stderr: "" };
  let over = false;
  const tell = () => watchers.forEach((each) => each());
  const read = async (name: "stdout" | "stderr") => {
    for await (const part of child[name].pipeThrough(new TextDecoderStream())) {
      text[name] += part;
      tell();
    }
  };
  const write = async () => {
    if (stdin === undefined) return;
    const writer = child.stdin.getWriter();
    const bytes = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
    // A command may refuse before it has read everything.
    await writer.write(bytes).then(() => writer.close()).catch(() => undefined);
  };
  const ended = (async () => {
    const [{ code }] = await Promise.all([child.status, read("stdout"), read("stderr"), write()]);
    clearTimeout(timer);
    over = true;
    tell();
    const line = `crosstown ${args.join(" ")}`;
    if (late) throw new Error(`${line} took over ${timeoutMs} ms\n${text.stdout}\n${text.stderr}`);
    return { code, ...text };
  })();
  ended.catch(() => undefined);
  return {
    pid: child.pid,
    ended,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = `${text.stdout}\n${text.stderr}`.match(pattern);
          if (found === null && !over) return;
          watchers.delete(look);
          if (found !== null) resolve(found);
          else reject(new Error(`ended before ${pattern}: ${text.stdout}\n${text.stderr}`));
        };
        watchers.add(look);
        look();
      }),
    kill: (signal) => {
      try {
        child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
    },
  };
}

/** The cache stays the user's own when `HOME` is a temporary one. */
function denoDir(): Record<string, string> {
  const home = Deno.env.get("HOME");
  return home === undefined ? {} : { DENO_DIR: `${home}/.cache/deno` };
}

/** Runs `crosstown ARGS` to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** A document of any command. */
// deno-lint-ignore no-explicit-any
export type Document = any;

/**
 * Runs `crosstown ARGS --output json` and returns the one document that it must print. An order that nobody quoted is given again: a buyer
 * waits two seconds for quotes, and a provider on a busy machine may need more.
 */
export async function json(
  args: readonly string[],
  options: RunOptions & { readonly code?: number } = {},
): Promise<Document> {
  for (let tries = 1;; tries++) {
    const ended = await run([...args, "--output", "json"], options);
    if (tries < 5 && ended.stdout.includes('"code":"no_quotes"')) continue;
    return documentOf(ended, options.code ?? 0);
  }
}

/** The one document of a command that has ended with this code. */
export function documentOf({ code, stdout, stderr }: Ended, expected = 0): Document {
  assert.equal(code, expected, `exit ${code}, not ${expected}:\n${stdout}\n${stderr}`);
  assert.match(stdout, /^\{.*\}\n$/, "one document in one line on standard output");
  return JSON.parse(stdout);
}

/** A temporary home, short enough for the paths of sockets. */
export interface TestHome extends AsyncDisposable {
  readonly path: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[], options?: RunOptions): Started;
  json(
    args: readonly string[],
    options?: RunOptions & { readonly code?: number },
  ): Promise<Document>;
  /** Pids of processes that work for this home. */
  processes(): Promise<number[]>;
}

/** Makes a home. When it is disposed, its daemons are stopped, and processes that outlive them are killed and reported. */
export async function testHome(): Promise<TestHome> {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  const processes = () => processesOf(path);
  const held: WritableStream<Uint8Array>[] = [];
  return {
    path,
    run: (args, options) => run(args, { home: path, held, ...options }),
    start: (args, options) => start(args, { home: path, held, ...options }),
    json: (args, options) => json(args, { home: path, held, ...options }),
    processes,
    async [Symbol.asyncDispose]() {
      try {
        if (Deno.build.os !== "linux" || (await processes()).length > 0) {
          await run(["mayor", "down"], { home: path });
          // A dev network ends with its standard input, without a command for it.
          if (held.length === 0) await run(["dev", "down"], { home: path });
          for (const stdin of held.splice(0)) await stdin.close().catch(() => undefined);
        }
        const left = await untilNone(processes);
        assert.deepEqual(left, [], "no process is left behind");
      } finally {
        for (const pid of await processes()) killQuietly(pid);
        for (const stdin of held) await stdin.close().catch(() => undefined);
        await Deno.remove(path, { recursive: true });
      }
    },
  };
}

/** The wire of the networks that {@link devHome} starts; a test file may set another one before it starts any network. */
export const network = { wire: "interledger" };

/** How a home's commands work. */
interface HomeOptions {
  /** Through a daemon, see {@link startMayor}. */
  readonly mayor?: boolean;
}

/** A home on which a dev network is up. */
interface DevHome extends TestHome {
  readonly network: Document;
}

/** A home on which a dev network is up. */
export async function devHome({ mayor = false }: HomeOptions = {}): Promise<DevHome> {
  const home = await testHome();
  try {
    const up = await home.json(["dev", "up", "--detach", "--wire", network.wire]);
    if (mayor) await startMayor(home);
    return { ...home, network: up };
  } catch (error) {
    await home[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Starts the daemon that does the work of the commands, for tests whose subject is not who does it: a command that
 * opens the home itself takes a second of a processor. In a long run it starts none.
 */
export async function startMayor(home: TestHome): Promise<void> {
  if (!isLong) await home.json(["mayor", "up", "--detach"]);
}

/** Polls until nothing is found, at most for two minutes; returns what is still there. */
export async function untilNone<T>(look: () => Promise<T[]>): Promise<T[]> {
  const untilMs = Date.now() + 120_000;
  for (;;) {
    const begunMs = Date.now();
    const found = await look();
    if (found.length === 0 || Date.now() > untilMs) return found;
    await pauseAfter(Date.now() - begunMs, 50);
  }
}

/** Polls until the condition holds, at most for two minutes. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const untilMs = Date.now() + 120_000;
  for (;;) {
    const begunMs = Date.now();
    const found = await look();
    if (found) return found;
    if (Date.now() > untilMs) throw new Error(`waited two minutes for ${what}`);
    await pauseAfter(Date.now() - begunMs, 50);
  }
}

/** The amounts that the dev network's connector took from its buyer and from its provider. */
export async function spent(home: TestHome): Promise<{ buyer: bigint; provider: bigint }> {
  const { connector } = await home.json(["dev", "status"]);
  const payers = new Set(
    connector.payers.filter(({ linked, signed }: Document) => linked || signed !== "0")
      .map(({ peer }: Document) => peer),
  );
  const sum = (ofProvider: boolean) =>
    connector.accounts.filter(({ peer }: Document) => payers.has(peer) === ofProvider)
      .reduce((total: bigint, { spent }: Document) => total + BigInt(spent), 0n);
  return { buyer: sum(false), provider: sum(true) };
}
