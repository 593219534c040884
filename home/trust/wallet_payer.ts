/**
 * Which mayor of a home pays with a wallet. All claims of one payment key count in one ledger. Two mayors with one key would sign the same
 * nonces: a counterparty refuses the second claim, and recovery of its channel would halt the first mayor. So the first mayor that opens a
 * wallet keeps it. The home's file `payers/ADDRESS` holds its name for as long as its state exists.
 *
 * @module
 */
import { join } from "../../base/path.ts";
import { checkMayor } from "../../config/paths.ts";
import { readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";
import { isMissing } from "../../base/files/missing.ts";

/** The other mayors of a home that have state. Each has its own ledger. */
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

/** The mayor that pays with the wallet of this address, or null. A mayor without state no longer counts. */
export async function payerOf(home: string, paymentAddress: string): Promise<string | null> {
  const text = await readPlainText(fileOf(home, paymentAddress)).catch((error) => {
    if (isMissing(error)) return "";
    throw error;
  });
  const name = text.trim();
  return name !== "" && await hasState(home, name) ? name : null;
}

/**
 * Records which mayor pays. If several try at the same time, one of them is recorded.
 *
 * @returns The mayor that the file names. It may be another one.
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
  // Written to a temporary file first, so that no reader finds the name empty.
  const beside = `${file}.${crypto.randomUUID()}`;
  await replacePlainFile(beside, `${mayor}\n`);
  try {
    await Deno.link(beside, file);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    const other = await payerOf(home, paymentAddress);
    if (other !== null) return other;
    // The file names a mayor whose state is gone.
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
