/**
 * Lightning wallets of the Alby SDK and a NIP-90 provider that takes Lightning, under Node; installed at the first use. If that fails, the
 * tests are skipped and say why.
 */
import { fileURLToPath } from "node:url";
import { publicKeyOf } from "../../../protocols/nostr/sign.ts";
import { JsonChild } from "../json_child.ts";
import { missingPackages } from "../npm_packages.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Null when the packages are there, else why they are not. */
export async function missingAlby(): Promise<string | null> {
  return await missingPackages({ folder: HERE, loads });
}

async function loads(): Promise<boolean> {
  const program =
    'await Promise.all(["@getalby/sdk/nwc", "bolt11", "nostr-tools/pool", "ws"].map((name) => import(name))); process.exit(0)';
  const { success } = await new Deno.Command("node", {
    args: ["--input-type=module", "-e", program],
    cwd: HERE,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** The process of wallet.mjs. */
export class Alby extends JsonChild {
  static async start(url: string): Promise<Alby> {
    const started = new Alby(HERE, ["wallet.mjs", url]);
    await started.until(({ ready }) => ready === true);
    return started;
  }

  /** The public key of its provider. */
  get provider(): string {
    return this.told.find(({ ready }) => ready === true).provider;
  }

  /** Serves another wallet, and writes its connection into a file. */
  async wallet(file: string): Promise<void> {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const pubkey = publicKeyOf(secret);
    await this.tell({ wallet: pubkey });
    const { connection } = await this.until(({ of }) => of === pubkey);
    await Deno.writeTextFile(file, `${connection}${secret.toHex()}\n`, { mode: 0o600 });
  }

  /** From now on the wallets lie so. */
  async lie(lies: Readonly<Record<string, unknown>>): Promise<void> {
    await this.tell({ lies });
    await this.until((told) => JSON.stringify(told.lies) === JSON.stringify(lies));
  }
}
