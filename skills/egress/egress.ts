/**
 * Starts the proxy of one run ({@link ./proxy.ts}) in a separate Deno process, which may connect, listen and read the machine's addresses.
 * The process ends at the end of its standard input, so it also ends if this process is killed.
 *
 * @module
 */
import type { Tools } from "../sandbox/tools.ts";
import { SkillError } from "../skill_error.ts";
import { closedRanges } from "./allowed_hosts.ts";
import type { ProxyUsage } from "./proxy.ts";

/** A running proxy. */
export interface Egress {
  /** The socket, which the sandbox shows as `BRIDGE_SOCKET`. */
  readonly socket: string;
  /** Stops the proxy. Returns its usage; null if the proxy did not report it. */
  stop(): Promise<ProxyUsage | null>;
}

/** The default limit of the MiB that a job may send and receive. */
export const EGRESS_MB = 256;
/** The longest time for the start of a proxy, and for the report of its usage. */
const WAIT_MS = 10_000;
/** The longest path of a socket that the kernel accepts. */
const MAX_SOCKET_PATH = 107;

/** Starts a proxy, with its files in the new folder `folder`. Throws SkillError `cannot_run`. */
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
  // The options are written into the first module of the process.
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
    ...["--no-check", "--allow-net", `--deny-net=${closedRanges(options.list).join(",")}`],
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

/** The last line of the proxy's standard error. */
async function tail(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + part).slice(-400);
  }
  return text.trim().split("\n").at(-1) ?? "";
}
