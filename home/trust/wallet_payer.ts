/**
 * Which mayor of a home pays with a wallet. Claims of one payment key count up in one ledger, so two mayors with one key would sign
 * the same nonces: a counterparty refuses the second, and recovery of its channel would halt the first. The mayor that opens a wallet
 * first keeps it: `payers/ADDRESS` in the home holds its name, for as long as its state is there.
 *
 * @module
 */
import { join } from "node:path";
import { checkMayor } from "../../config/paths.ts";
import { readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";

/** Mayors of a home that have state, but for one. Their ledgers are not this one's. */
export async function otherMayors(home: string, mayor: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(`${home}/hooks`)) {
      if (isDirectory && name !== mayor && await hasState(home, name)) found.push(name);
    }
  } catch (error) {
    if (!isMissing(error) && !(error instanceof Deno.errors.NotCapable)) throw error;
  }
  return found.sort();
}

/** The mayor that pays with the wallet of this address, or null. One whose state is gone pays no more. */
export async function payerOf(home: string, paymentAddress: string): Promise<string | null> {
  const text = await readPlainText(fileOf(home, paymentAddress)).catch((error) => {
    if (isMissing(error)) return "";
    throw error;
  });
  const name = text.trim();
  return name !== "" && await hasState(home, name) ? name : null;
}

/**
 * Notes who pays, once; of several at the same moment one is noted.
 *
 * @returns Whom the file names, which may be another mayor.
 */
export async function claimWallet(
  home: string,
  paymentAddress: string,
  mayor: string,
): Promise<string> {
  const noted = await payerOf(home, paymentAddress);
  if (noted !== null) return noted;
  const file = fileOf(home, paymentAddress);
  await Deno.mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  // Made whole beside it: whoever reads the name meanwhile must not find it empty.
  const beside = `${file}.${crypto.randomUUID()}`;
  await replacePlainFile(beside, `${mayor}\n`);
  try {
    await Deno.link(beside, file);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    const other = await payerOf(home, paymentAddress);
    if (other !== null) return other;
    // It names one that is gone.
    await Deno.rename(beside, file);
  } finally {
    await Deno.remove(beside).catch(() => undefined);
  }
  return mayor;
}

function fileOf(home: string, paymentAddress: string): string {
  if (!/^0x[0-9a-f]{40}$/.test(paymentAddress)) {
    throw new TypeError("paymentAddress must be 0x and 40 small hex digits");
  }
  return join(home, "payers", paymentAddress);
}

async function hasState(home: string, mayor: string): Promise<boolean> {
  try {
    checkMayor(mayor, "mayor");
    return (await Deno.lstat(join(home, "hooks", mayor, "crosstown", "state.db"))).isFile;
  } catch {
    return false;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
