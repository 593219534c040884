/**
 * The embedded network's chain: anvil as a child process on a free port of the loopback. Whoever reaches that port rules the chain:
 * anvil takes no password and moves the clock, balances and any account for anybody. Pages in a browser are kept out: without CORS
 * they cannot send JSON, and a WebSocket, which no browser asks about, needs an address that nobody can guess. Other users of the
 * machine can see the address in `/proc/net/tcp`. It ends with its parent, however that one
 * ends: beside it runs a shell that waits for the end of a pipe which only the parent holds, and the end of a process is the end of
 * its pipes.
 *
 * Held: nothing of what anvil prints but its first 4 KiB, to say why it did not start.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is pinned; other platforms get the same version from npm's registry. */
const ANVIL_VERSION = "1.7.1";
const ANVIL_FILE = "@foundry-rs/anvil-linux-amd64/bin/anvil";
/** In the sources' own packages, or beside this one where it is installed as a package itself. */
const PACKAGED = ["../../node_modules/", "../../../"]
  .map((folder) => fileURLToPath(new URL(`${folder}${ANVIL_FILE}`, import.meta.url)));
/** Above what a download of 50 MB by npx takes on a slow line. */
const START_MS = 120_000;
/** Of a block. */
const GAS_LIMIT = 30_000_000;
const MAX_HEARD = 4_096;

/** `exec` makes the shell anvil itself, so the child's pid and exit are anvil's; the loop in the background is what outlives a parent. */
const WITH_PARENT = `
exec 3<&0
p=$$
{ while read -r _; do :; done; kill -9 "$p"; } <&3 >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-
`;

/** Where it runs. */
interface AnvilOptions {
  readonly chainId: number;
  /** Where it listens; {@link loopbackAddress} unless told. */
  readonly hostname?: string;
  /** A folder of its own that exists; anvil may write there what it does not hold in memory. */
  readonly folder: string;
  /** The `PATH` on which anvil and npx are looked for. */
  readonly path: string;
}

/** A running node. */
export interface AnvilProcess {
  /** Its JSON-RPC. */
  readonly rpcUrl: string;
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts it; resolves once it listens.
 *
 * @throws {AnvilError} `no_anvil` where there is none, `anvil_failed` when it ends or does not listen in time
 */
export async function startAnvil(options: AnvilOptions): Promise<AnvilProcess> {
  const command = findAnvil(options.path);
  const { hostname = loopbackAddress() } = options;
  const child = new Deno.Command("sh", {
    args: ["-c", WITH_PARENT, "sh", ...command, ...argumentsOf(options, hostname)],
    cwd: options.folder,
    clearEnv: true,
    // Whatever it would keep in the user's home belongs to this network alone.
    env: { PATH: options.path, HOME: options.folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    // Ctrl-C at a terminal is for the network, which claims before it takes its chain down.
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

/** The pinned package on Linux x64, else the PATH, else npx, which fetches the pinned version. */
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
 * One of 2^24 addresses of the loopback, by chance; 127.0.0.1 where the system has no other, or where this process may not connect to
 * any address, and so its children may not either.
 */
export function loopbackAddress(
  os: typeof Deno.build.os = Deno.build.os,
  anywhere: boolean = Deno.permissions.querySync({ name: "net" }).state === "granted",
): string {
  if (os !== "linux" || !anywhere) return "127.0.0.1";
  const [first, second, third] = crypto.getRandomValues(new Uint8Array(3));
  // Neither the network's own address nor that of its broadcast.
  return `127.${first}.${second}.${1 + third % 254}`;
}

function argumentsOf({ chainId }: AnvilOptions, hostname: string): string[] {
  return [
    ...["--host", hostname, "--no-cors", "--port", "0", "--hardfork", "prague"],
    ...["--chain-id", String(chainId)],
    // Two chains of one second would have one genesis, and state is keyed by it: what was signed on one would count on the other.
    ...["--gas-limit", String(GAS_LIMIT + randomBelow2To20())],
    // A block for each transaction at once, and one now and then: the head never looks stale, and a transaction that came in an
    // unlucky moment waits for 2 s and not for ever.
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

/** What is not read would fill the pipe and stop the node. */
async function drop(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The node is gone.
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Why there is no chain. */
class AnvilError extends Error {
  /** `AnvilError`. */
  override readonly name = "AnvilError";
  /** Makes a refusal with its code. */
  constructor(readonly code: "no_anvil" | "anvil_failed", message: string) {
    super(message);
  }
}
