/**
 * The chain of the embedded network: anvil as a child process on a free loopback port. Everybody who can reach that port controls the
 * chain: anvil has no password, and changes the clock, balances and accounts for every client. Web pages cannot reach it: without CORS they
 * cannot send JSON, and for a WebSocket, which needs no CORS, they would have to guess the random loopback address. Other users of this
 * machine can read the address in `/proc/net/tcp`.
 *
 * Anvil ends with its parent process, also if the parent is killed. For this, a background shell waits for the end of a pipe that only the
 * parent holds: when a process ends, the system closes its pipes.
 *
 * Held: of anvil's output, the last 4 KiB until it listens.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The pinned version. Platforms without the package get the same version from npm's registry. */
const ANVIL_VERSION = "1.7.1";
const ANVIL_FILE = "@foundry-rs/anvil-linux-amd64/bin/anvil";
/** The package lies in the `node_modules` of these sources, or next to this package if this one was installed as a package. */
const PACKAGED = ["../../node_modules/", "../../../"]
  .map((folder) => fileURLToPath(new URL(`${folder}${ANVIL_FILE}`, import.meta.url)));
/** Enough for npx to download 50 MB over a slow line. */
const START_MS = 120_000;
/** The gas limit of a block. */
const GAS_LIMIT = 30_000_000;
const MAX_HEARD = 4_096;

/**
 * `exec` replaces the shell by anvil, so the child's pid and exit code are those of anvil. The loop in the background kills it when the
 * pipe ends.
 */
const WITH_PARENT = `
exec 3<&0
p=$$
{ while read -r _; do :; done; kill -9 "$p"; } <&3 >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-
`;

/** The options of the chain. */
interface AnvilOptions {
  readonly chainId: number;
  /** Where it listens. Default: {@link loopbackAddress}. */
  readonly hostname?: string;
  /** An existing folder that only anvil uses. Anvil may write files there. */
  readonly folder: string;
  /** The `PATH` in which anvil and npx are searched. */
  readonly path: string;
}

/** A running node. */
export interface AnvilProcess {
  /** The URL of its JSON-RPC. */
  readonly rpcUrl: string;
  readonly pid: number;
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<void>;
  /** Ends the process. Resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts anvil. Resolves when it listens.
 *
 * @throws {AnvilError} `no_anvil` if neither anvil nor npx is found, `anvil_failed` if anvil ends or does not listen in time
 */
export async function startAnvil(options: AnvilOptions): Promise<AnvilProcess> {
  const command = findAnvil(options.path);
  const { hostname = loopbackAddress() } = options;
  const child = new Deno.Command("sh", {
    args: ["-c", WITH_PARENT, "sh", ...command, ...argumentsOf(options, hostname)],
    cwd: options.folder,
    clearEnv: true,
    // Files that anvil would write into the user's home go into this network's folder.
    env: { PATH: options.path, HOME: options.folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    // Ctrl-C in a terminal must reach only the network: it claims first, and then stops its chain.
    detached: true,
  }).spawn();
  const ended = child.status.then(() => child.stdin.close().catch(() => undefined));
  const stop = async () => {
    await child.stdin.close().catch(() => undefined);
    await ended;
  };
  try {
    const port = await listeningPort(child.stdout, hostname);
    return { rpcUrl: `http://${hostname}:${port}`, pid: child.pid, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The command of anvil: the pinned package on Linux x64, otherwise anvil on the PATH, otherwise npx, which downloads the pinned version.
 */
export function findAnvil(
  path: string,
  packaged: readonly string[] = PACKAGED,
): readonly string[] {
  const folders = path.split(delimiter).filter((folder) => folder.startsWith("/"));
  const anvil = [...packaged, ...folders.map((folder) => join(folder, "anvil"))]
    .find(isFile);
  if (anvil !== undefined) return [anvil];
  const npx = folders.map((folder) => join(folder, "npx")).find(isFile);
  if (npx !== undefined) return [npx, "--yes", `@foundry-rs/anvil@${ANVIL_VERSION}`];
  throw new AnvilError(
    "no_anvil",
    "Cannot start the embedded chain: neither anvil nor npx is on the PATH; install Foundry (getfoundry.sh) or Node",
  );
}

function randomBelow2To20(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] >>> 12;
}

/**
 * A random address of the 2^24 loopback addresses. It is 127.0.0.1 if the system has no other, or if this process may connect only to some
 * addresses: then its children may not use another one either.
 */
export function loopbackAddress(
  os: typeof Deno.build.os = Deno.build.os,
  anywhere: boolean = Deno.permissions.querySync({ name: "net" }).state === "granted",
): string {
  if (os !== "linux" || !anywhere) return "127.0.0.1";
  const [first, second, third] = crypto.getRandomValues(new Uint8Array(3));
  // The last byte is 1 to 254, so it is never the network address or the broadcast address.
  return `127.${first}.${second}.${1 + third % 254}`;
}

function argumentsOf({ chainId }: AnvilOptions, hostname: string): string[] {
  return [
    ...["--host", hostname, "--no-cors", "--port", "0", "--hardfork", "prague"],
    ...["--chain-id", String(chainId)],
    // Two chains that start in the same second would have the same genesis block, which identifies stored state. Then claims of one chain
    // would count on the other. A random gas limit makes the genesis blocks different.
    ...["--gas-limit", String(GAS_LIMIT + randomBelow2To20())],
    // Each transaction gets a block at once, and every 2 s there is another block. So the newest block is never old, and a transaction
    // that anvil did not mine at once waits at most 2 s.
    ...["--block-time", "2", "--mixed-mining"],
  ];
}

async function listeningPort(
  stdout: ReadableStream<Uint8Array>,
  hostname: string,
): Promise<string> {
  const listening = new RegExp(`Listening on ${RegExp.escape(hostname)}:(\\d+)\\n`);
  const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const late = AbortSignal.timeout(START_MS);
  const onLate = () => void reader.cancel().catch(() => undefined);
  late.addEventListener("abort", onLate, { once: true });
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      const why = late.aborted ? `it did not listen within ${START_MS / 1000} s` : "it ended";
      throw new AnvilError("anvil_failed", `Cannot start the embedded chain: ${why}`);
    }
    heard = (heard + value).slice(-MAX_HEARD);
    const port = listening.exec(heard)?.[1];
    if (port === undefined) continue;
    late.removeEventListener("abort", onLate);
    void drop(reader);
    return port;
  }
}

/** Reads and drops the output: unread output would fill the pipe and block the node. */
async function drop(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The node has ended.
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The chain could not be started. */
class AnvilError extends Error {
  /** `AnvilError`. */
  override readonly name = "AnvilError";
  /** Makes an error with its code. */
  constructor(readonly code: "no_anvil" | "anvil_failed", message: string) {
    super(message);
  }
}
