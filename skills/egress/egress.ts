/**
 * Starts the proxy of one run ({@link ./proxy.ts}): a Deno of its own, which may connect, listen and ask for the machine's addresses. It ends when its
 * standard input does, also when this process was killed.
 *
 * @module
 */
import type { Tools } from "../sandbox/tools.ts";
import { SkillError } from "../skill_error.ts";
import { CLOSED_RANGES } from "./public_address.ts";
import type { ProxyUsage } from "./proxy.ts";

/** A proxy that runs. */
export interface Egress {
  /** The socket to show inside as `BRIDGE_SOCKET`. */
  readonly socket: string;
  /** Ends it; null where it cannot say what went through. Never throws. */
  stop(): Promise<ProxyUsage | null>;
}

/** MiB that a job may send and get, where its skill does not say. */
export const EGRESS_MB = 256;
/** For a proxy to start, and to say what went through. */
const WAIT_MS = 10_000;
/** What the kernel takes as the path of a socket. */
const MAX_SOCKET_PATH = 107;

/** Starts it, with its files in the new folder `folder`. Throws SkillError `cannot_run`. */
export async function startEgress(
  { sh, deno, path }: Pick<Tools, "sh" | "deno" | "path">,
  folder: string,
  options: { readonly list: readonly string[]; readonly maxBytes: number },
): Promise<Egress> {
  if (sh === null || deno === null) {
    throw new SkillError("cannot_run", "a skill with a list of hosts needs deno on this machine");
  }
  const socket = `${folder}/socket`;
  if (new TextEncoder().encode(socket).length > MAX_SOCKET_PATH) {
    throw new SkillError("cannot_run", "the work folder's path is too long for a socket");
  }
  await Deno.mkdir(folder, { mode: 0o700 });
  const module = new URL("./proxy.ts", import.meta.url).href;
  // What a process is given from outside is given by its first module.
  await Deno.writeTextFile(
    `${folder}/main.js`,
    `import { runProxy } from ${JSON.stringify(module)};\n` +
      `const end = (async () => { for await (const _ of Deno.stdin.readable); })();\n` +
      `await runProxy(${
        JSON.stringify({ ...options, socket })
      }, end, console.log);\nDeno.exit();\n`,
    { mode: 0o600 },
  );
  const flags = [
    ...["--quiet", "--no-prompt", "--cached-only", "--no-remote", "--no-config", "--no-lock"],
    ...["--no-check", "--allow-net", `--deny-net=${CLOSED_RANGES.join(",")}`],
    ...["--allow-sys=networkInterfaces", `--allow-read=${socket}`, `--allow-write=${socket}`],
  ];
  const child = new Deno.Command(sh, {
    args: ["-c", 'umask 0; exec "$@"', "sh", deno, "run", ...flags, `${folder}/main.js`],
    clearEnv: true,
    env: { PATH: path, DENO_DIR: `${folder}/.deno`, DENO_NO_UPDATE_CHECK: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const said = tail(child.stderr);
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch { /* it ended by itself */ }
  };
  let held = "";
  const line = async (): Promise<string | null> => {
    const timer = setTimeout(kill, WAIT_MS);
    try {
      while (!held.includes("\n")) {
        const { value, done } = await lines.read();
        if (done) return null;
        held += value;
      }
    } finally {
      clearTimeout(timer);
    }
    const at = held.indexOf("\n");
    const first = held.slice(0, at);
    held = held.slice(at + 1);
    return first;
  };
  const stop = async () => {
    await child.stdin.close().catch(() => undefined);
    const last = await line();
    await lines.cancel();
    kill();
    await child.status;
    return last === null ? null : JSON.parse(last) as ProxyUsage;
  };
  if (await line() === "ready") return { socket, stop };
  await stop();
  throw new SkillError("cannot_run", `the network proxy did not start: ${await said}`);
}

/** The end of what it said, one line. */
async function tail(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + part).slice(-400);
  }
  return text.trim().split("\n").at(-1) ?? "";
}
