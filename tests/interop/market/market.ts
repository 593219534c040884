/** Homes of a buyer and of a provider on a network with a foreign relay, run as the processes that users run. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { started } from "../../program.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import type { Filter } from "../../../protocols/nostr/filter.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { sealUnderRandomKey } from "../../../money/wallet/blob.ts";
import { sealWallet } from "../../../money/wallet/wallet_keys.ts";
import type { Signer } from "../../../money/signer/signer.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** What a command printed. */
export interface Ran {
  readonly code: number;
  // deno-lint-ignore no-explicit-any
  readonly document: any;
  readonly stderr: string;
}

/** A home with its own wallet. */
export class Home {
  readonly folder: string;
  readonly pubkey: string;
  readonly address: string;
  readonly #passphraseFile: string;

  private constructor(folder: string, passphraseFile: string, pubkey: string, address: string) {
    this.folder = folder;
    this.#passphraseFile = passphraseFile;
    this.pubkey = pubkey;
    this.address = address;
  }

  /** With a new wallet under a random key, as the dev network keeps its wallets: each process opens it without Argon2id. */
  static async make(root: string, name: string): Promise<Home> {
    const [passphraseFile, folder] = [`${root}/${name}.pass`, `${root}/${name}`];
    const [nostrKey, paymentKey, random] = Array.from(
      { length: 3 },
      () => crypto.getRandomValues(new Uint8Array(32)),
    );
    const keys = { nostrKey, paymentKey };
    const blob = await sealWallet(keys, random.toHex(), undefined, sealUnderRandomKey);
    await Deno.mkdir(folder, { mode: 0o700 });
    for (
      const [path, text] of [[passphraseFile, random.toHex()], [`${folder}/identity.enc`, blob]]
    ) {
      await Deno.writeTextFile(path, `${text}\n`, { mode: 0o600 });
    }
    const args = ["wallet", "whoami", "--passphrase-file", passphraseFile];
    const { code, document } = await crosstown(folder, args);
    assert.equal(code, 0, JSON.stringify(document));
    return new Home(folder, passphraseFile, document.pubkey, document.address);
  }

  /** Writes `crosstown.toml`: the network `plain` and further settings. */
  async configure(network: string, more = ""): Promise<void> {
    await Deno.writeTextFile(
      `${this.folder}/crosstown.toml`,
      `network = "plain"\n[wallet]\npassphrase_file = "${this.#passphraseFile}"\n${more}\n[networks.plain]\nwrite = "nostr"\ntestnet = true\n${network}\n`,
      { mode: 0o600 },
    );
  }

  /** Runs a command of this home to its end. */
  run(...args: string[]): Promise<Ran> {
    return crosstown(this.folder, args);
  }

  /** Runs git in the audit's repository. */
  async git(...args: string[]): Promise<string> {
    const { stdout } = await new Deno.Command("git", {
      args: ["-C", `${this.folder}/hooks/mayor-001/crosstown`, ...args],
    }).output();
    return new TextDecoder().decode(stdout);
  }

  /** The program log so far. */
  async log(): Promise<string> {
    return await Deno.readTextFile(`${this.folder}/hooks/mayor-001/crosstown.log`).catch(() => "");
  }

  /** Waits until the program log contains a text. */
  async untilLogged(text: string, signal = AbortSignal.timeout(120_000)): Promise<void> {
    while (!(await this.log()).includes(text)) {
      if (signal.aborted) throw new Error(`"${text}" is not in the log:\n${await this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function command(home: string, args: readonly string[], stdin: "null" | "piped") {
  return new Deno.Command(Deno.execPath(), {
    args: started([...args, "--output", "json"]),
    cwd: ROOT,
    clearEnv: true,
    env: {
      HOME: home,
      GASTOWN_HOME: home,
      PATH: Deno.env.get("PATH") ?? "",
      // Where the packages are that are installed already.
      ...(Deno.env.get("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR")! } : {}),
      XDG_CACHE_HOME: Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`,
    },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

async function crosstown(home: string, args: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await command(home, args, "null").output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, document: out === "" ? null : JSON.parse(out), stderr: err };
}

/** A daemon of a home. `await using` stops it. */
export class Daemon {
  /** Its ready line. */
  // deno-lint-ignore no-explicit-any
  readonly ready: any;
  /** What it wrote on standard error, when it has ended. */
  readonly errors: Promise<string>;
  readonly #child: Deno.ChildProcess;
  readonly #rest: Promise<unknown>;

  private constructor(
    child: Deno.ChildProcess,
    ready: unknown,
    errors: Promise<string>,
    rest: Promise<unknown>,
  ) {
    this.#child = child;
    this.ready = ready;
    this.errors = errors;
    this.#rest = rest;
  }

  static async start(role: "node" | "mayor", home: Home): Promise<Daemon> {
    const child = command(home.folder, [role, "run", "--until-stdin-closes"], "piped").spawn();
    const errors = new Response(child.stderr).text();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let line = "";
    while (!line.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the ${role} ended: ${line}${await errors}`);
      line += value;
    }
    const ready = JSON.parse(line);
    assert.equal(ready.error, undefined, line);
    const rest = (async () => {
      while (!(await reader.read()).done);
    })();
    return new Daemon(child, ready, errors, Promise.all([rest, errors]));
  }

  /** Ends it as a user does, and returns its exit code. */
  async stop(): Promise<number> {
    await this.#child.stdin.close().catch(() => undefined);
    await this.#rest;
    return (await this.#child.status).code;
  }

  /** Stops it where it is, until {@link resume}. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Lets it run on. */
  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#rest;
    await this.#child.status;
    await this.#child.stdin.close().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.resume();
    } catch {
      // It has ended.
    }
    await this.stop();
  }
}

/** Reads a relay live, stored events first. */
export async function* eventsOf(
  url: string,
  filters: readonly Filter[],
  signer: Pick<Signer, "identity" | "signEvents"> | null = null,
): AsyncGenerator<NostrEvent> {
  using session = openRelaySession({
    url,
    signer,
    backoff: { firstMs: 20, maxMs: 100, factor: 2, jitter: 0 },
  });
  for await (const batch of session.subscribe(filters).deliveries) {
    for (const delivery of batch) {
      if (delivery.type === "eose") continue;
      yield JSON.parse(new TextDecoder().decode(delivery.bytes));
    }
  }
}

/** The first event that a relay has, or will have, of these filters. */
export async function firstEvent(
  url: string,
  filters: readonly Filter[],
  signer: Pick<Signer, "identity" | "signEvents"> | null = null,
): Promise<NostrEvent> {
  for await (const event of eventsOf(url, filters, signer)) return event;
  throw new Error("the subscription ended");
}

/** What a relay has stored now. */
export async function storedEvents(
  url: string,
  filters: readonly Filter[],
): Promise<NostrEvent[]> {
  using session = openRelaySession({ url });
  const bounds = { timeoutMs: 120_000, maxEvents: 1_000, maxBytes: 10_000_000 };
  const { documents } = await session.query(filters, bounds);
  return documents.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));
}

/** The value of an event's first tag of a name. */
export function tagOf(event: NostrEvent, name: string): string | undefined {
  return event.tags.find(([key]) => key === name)?.[1];
}
