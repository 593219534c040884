/** Starts `@nostr-relay` under Node; it is installed at the first use. If that fails, the tests are skipped and say why. */
import { fileURLToPath } from "node:url";
import { missingPackages } from "../npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The relay as a user installs it, with its SQLite compiled here, which takes a minute: for benches. Tests use a built one. */
export const COMPILED_RELAY = fileURLToPath(new URL("../../../bench/nostr_relay", import.meta.url));

/** Null when the relay is there, else why it is not. */
export function missingRelay(folder = HERE): Promise<string | null> {
  return missingPackages({
    folder,
    loads: () => loads(folder),
    native: folder === COMPILED_RELAY,
  });
}

async function loads(folder: string): Promise<boolean> {
  const { success } = await new Deno.Command("node", {
    args: [
      "-e",
      'new (require("better-sqlite3"))(":memory:"); require("@nostr-relay/core")',
    ],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** How it is started. */
export interface ForeignRelayOptions {
  /** Whose packages it is made of: these, or {@link COMPILED_RELAY}. */
  readonly folder?: string;
  readonly file?: string;
  readonly port?: number;
  /** For NIP-42. */
  readonly hostname?: string;
  /** Serves only clients that sent a proof. */
  readonly requireAuth?: boolean;
  /** The first `times` events of a kind are answered with OK false and this message. */
  readonly refuse?: readonly {
    readonly kind: number;
    readonly times: number;
    readonly message: string;
  }[];
}

/** A running relay. `await using` ends it. */
export class ForeignRelay {
  readonly url: string;
  readonly port: number;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    this.url = `ws://127.0.0.1:${port}/`;
  }

  static async start(
    options: ForeignRelayOptions = {},
  ): Promise<ForeignRelay> {
    const { file = ":memory:", port = 0, hostname = "", folder = HERE, ...more } = options;
    const child = new Deno.Command("node", {
      args: [`${HERE}/nostr_relay.cjs`, file, String(port), hostname, JSON.stringify(more)],
      cwd: folder,
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    let line = "";
    while (!line.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the relay ended before it listened");
      line += value;
    }
    await reader.cancel();
    return new ForeignRelay(child, JSON.parse(line).port);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It is gone already.
    }
    await this.#child.status;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
