/** Starts npm `ilp-connector` and `ilp-plugin-btp` under Node; installed on first use, and where that cannot be, the tests say why. */
import { fileURLToPath } from "node:url";
import { steadyPorts } from "../../steady_ports.ts";
import { missingPackages } from "../npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Null when the packages are there, else why they are not. */
export function missingConnector(): Promise<string | null> {
  return missingPackages({ folder: HERE, loads });
}

async function loads(): Promise<boolean> {
  const { success } = await new Deno.Command("node", {
    args: [
      "-e",
      'for (const name of ["ilp-connector", "ilp-plugin-btp"]) require.resolve(name)',
    ],
    cwd: HERE,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** An `ilp-connector` with mini-accounts on one loopback port, called `test.hub`. `await using` ends it. */
export class ForeignConnector implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, readonly port: number) {
    this.#child = child;
  }

  /** It refuses more packets of an account in a minute. `ilp-connector` has the same limit without a setting. */
  static async start(maximumUnits: bigint, packetsPerMinute = 10_000): Promise<ForeignConnector> {
    const [port] = steadyPorts(1);
    const accounts = {
      mini: {
        relation: "child",
        plugin: "ilp-plugin-mini-accounts",
        assetCode: "USD",
        assetScale: 6,
        balance: { maximum: String(maximumUnits) },
        rateLimit: { refillPeriod: 60_000, refillCount: packetsPerMinute },
        options: {
          wsOpts: { host: "127.0.0.1", port },
          allowedOrigins: [".*"],
        },
      },
    };
    const child = new Deno.Command("node", {
      args: ["node_modules/ilp-connector/dist/index.js"],
      cwd: HERE,
      env: {
        CONNECTOR_ENV: "test",
        CONNECTOR_ILP_ADDRESS: "test.hub",
        CONNECTOR_BACKEND: "one-to-one",
        CONNECTOR_SPREAD: "0",
        CONNECTOR_STORE: "memory",
        CONNECTOR_ADMIN_API: "false",
        CONNECTOR_INITIAL_CONNECT_TIMEOUT: "3000",
        CONNECTOR_ACCOUNTS: JSON.stringify(accounts),
      },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const started = new ForeignConnector(child, port);
    for (let attempt = 0; attempt < 2_400; attempt++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return started;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await started[Symbol.asyncDispose]();
    throw new Error("ilp-connector did not start listening");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    end(this.#child);
    await this.#child.status;
  }
}

/** What the Node client reports about one of its payments. */
export interface PluginAnswer {
  readonly id: number;
  readonly type: "fulfill" | "reject" | "ildcp" | "error";
  readonly code: string | null;
  readonly opens: boolean | null;
  readonly data: string;
}

/** An `ilp-plugin-btp` client in a Node process. `await using` ends it. */
export class PluginClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (answer: PluginAnswer) => void>();
  /** Whether it signed in, or why not. */
  readonly connected: Promise<
    { readonly connected: boolean; readonly reason?: string }
  >;
  #ids = 0;
  readonly #read: Promise<void>;

  constructor(url: string) {
    this.#child = new Deno.Command("node", {
      args: ["plugin_client.cjs", url],
      cwd: HERE,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    let told!: (hello: { connected: boolean; reason?: string }) => void;
    this.connected = new Promise((resolve) => told = resolve);
    this.#read = this.#lines(told);
  }

  /** Its address, from the other side's ILDCP. */
  async ildcp(): Promise<Record<string, unknown>> {
    const id = ++this.#ids;
    void this.#input.write(new TextEncoder().encode(`${JSON.stringify({ id, ildcp: true })}\n`));
    const answer = await new Promise<PluginAnswer>((resolve) => this.#waiting.set(id, resolve));
    return JSON.parse(answer.data || JSON.stringify({ error: answer.code }));
  }

  pay(payment: {
    readonly destination: string;
    readonly amount: string;
    readonly data: string;
    readonly expiresInMs?: number;
    readonly wrong?: boolean;
  }): Promise<PluginAnswer> {
    const id = ++this.#ids;
    void this.#input.write(
      new TextEncoder().encode(`${JSON.stringify({ id, ...payment })}\n`),
    );
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    end(this.#child);
    await this.#input.close().catch(() => {});
    await this.#read;
    await this.#child.status;
  }

  async #lines(
    told: (hello: { connected: boolean; reason?: string }) => void,
  ): Promise<void> {
    let rest = "";
    for await (
      const text of this.#child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const value = JSON.parse(line);
        if ("connected" in value) told(value);
        else this.#waiting.get(value.id)?.(value);
      }
    }
  }
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
