/** Runs NDK under Node; it is installed at the first use. If that fails, the tests are skipped and say why. */
import { fileURLToPath } from "node:url";
import { missingPackages } from "../npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Null when NDK is there, else why it is not. */
export async function missingNdk(): Promise<string | null> {
  return await missingPackages({ folder: HERE, loads });
}

async function loads(): Promise<boolean> {
  const args = ["--input-type=module", "-e", 'await import("@nostr-dev-kit/ndk"); process.exit(0)'];
  const { success } = await new Deno.Command("node", {
    args,
    cwd: HERE,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** A line that NDK's process printed. */
// deno-lint-ignore no-explicit-any
export type Told = any;

/** NDK as a provider or customer in a Node process. `await using` ends it. */
export class Ndk implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #told: Told[] = [];
  #wake = () => {};
  readonly #read: Promise<void>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#read = this.#lines();
  }

  static async start(role: "provider" | "customer", url: string, secret: string): Promise<Ndk> {
    const child = new Deno.Command("node", {
      args: ["dvm.mjs", role, url, secret],
      cwd: HERE,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const started = new Ndk(child);
    await started.until(({ ready }) => ready === true);
    return started;
  }

  /** Sends a request, in the form of `ask()` of dvm.mjs. */
  ask(request: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  }

  /** Returns the first line that fits, from all earlier and later lines. */
  async until(fits: (told: Told) => boolean, signal = AbortSignal.timeout(60_000)): Promise<Told> {
    for (;;) {
      const found = this.#told.find(fits);
      if (found !== undefined) return found;
      signal.throwIfAborted();
      const failed = this.#told.find(({ error }) => error !== undefined);
      if (failed !== undefined) throw new Error(failed.error);
      await Promise.race([
        new Promise<void>((resolve) => this.#wake = resolve),
        new Promise((resolve) => setTimeout(resolve, 1_000)),
      ]);
    }
  }

  /** The events of a kind that answer a request. */
  async answer(name: string, kind: number, status?: string): Promise<Told> {
    const { event, encrypted } = await this.until((told) =>
      told.to === name && told.event.kind === kind &&
      (status === undefined ||
        told.event.tags.some((tag: string[]) => tag[0] === "status" && tag[1] === status))
    );
    return { ...event, encrypted };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    this.#child.kill("SIGKILL");
    await this.#read;
    await this.#child.status;
  }

  async #lines(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#told.push(...lines.map((line) => JSON.parse(line)));
      this.#wake();
    }
  }
}
