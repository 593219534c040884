/**
 * One mayor of a home pays with a wallet; another is refused before it signs or posts anything.
 *
 * @module
 */
import { snapshotName } from "../../money/signer/signer.ts";
import type { Config } from "../../config/config.ts";
import { homePaths } from "../../config/paths.ts";
import { claimWallet, otherMayors, payerOf } from "../../home/trust/wallet_payer.ts";
import { CommandError } from "../errors.ts";

/**
 * Refuses where another mayor pays with this wallet already. The address is asked for only in a home of several mayors.
 *
 * @throws {CommandError} `second_mayor`
 */
export async function refuseSecondMayor(
  config: Config,
  addressOf: () => Promise<string>,
): Promise<void> {
  const { paths, mayor } = config;
  const others = await otherMayors(paths.home, mayor);
  if (others.length === 0) return;
  const address = await addressOf();
  const payer = await payerOf(paths.home, address) ??
    await signedWith(paths.home, others, address);
  if (payer !== null && payer !== mayor) throw secondMayor(config, payer);
}

/** Notes that this mayor pays with the wallet, which the next one is told. Throws as {@link refuseSecondMayor}. */
export async function claimForMayor(config: Config, paymentAddress: string): Promise<void> {
  const { paths, mayor } = config;
  const payer = await claimWallet(paths.home, paymentAddress, mayor);
  if (payer !== mayor) throw secondMayor(config, payer);
}

/** One whose state says that it signed with this key, though nobody noted it. */
async function signedWith(
  home: string,
  mayors: readonly string[],
  address: string,
): Promise<string | null> {
  const { readStoreIn } = await import("./read_store.ts");
  for (const mayor of mayors) {
    await using store = await readStoreIn(homePaths(home, mayor).stateFolder).catch(() => null);
    if (await store?.snapshot(snapshotName(address)) != null) return mayor;
  }
  return null;
}

function secondMayor({ mayor }: Config, payer: string): CommandError {
  return new CommandError(
    "second_mayor",
    `${payer} already pays with this wallet, so ${mayor} cannot: the claims of one payment key need one ledger`,
    `use --mayor ${payer}, or give ${mayor} a wallet of its own: another home (--home DIR, then 'crosstown wallet init'), or its key in GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED`,
  );
}
