/** A real EVM node for tests: anvil on a free port of the loopback. */
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGED = new URL(
  "../../node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil",
  import.meta.url,
);

/** Where anvil is, or null: the pinned package on Linux x64, else the PATH. */
export const anvilPath: string | null = [
  fileURLToPath(PACKAGED),
  ...(Deno.env.get("PATH") ?? "").split(delimiter).map((folder) => join(folder, "anvil")),
].find(isFile) ?? null;

/** A running node. */
export interface Anvil extends AsyncDisposable {
  /** Its JSON-RPC address. */
  readonly url: string;
}

/** Starts a node and resolves when it listens. Its disposal waits until it has ended. */
export async function startAnvil(
  options: {
    readonly chainId?: number;
    /** Of the first block: two nodes started in one second would be one chain. */
    readonly timestampS?: number;
  } = {},
): Promise<Anvil> {
  if (anvilPath === null) throw new Error("anvil is missing");
  const child = new Deno.Command(anvilPath, {
    args: [
      ...["--host", "127.0.0.1", "--port", "0", "--hardfork", "prague"],
      ...["--chain-id", String(options.chainId ?? 31_337)],
      ...(options.timestampS === undefined ? [] : ["--timestamp", String(options.timestampS)]),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  let port: string | undefined;
  while (port === undefined) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`anvil stopped at its start: ${heard.slice(-500)}`);
    heard += value;
    port = /Listening on 127\.0\.0\.1:(\d+)\n/.exec(heard)?.[1];
  }
  const drained = drain(lines);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await Promise.all([child.status, drained]);
    },
  };
}

async function drain(lines: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await lines.read()).done);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
