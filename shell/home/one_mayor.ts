/**
 * Only one mayor of a home pays with a wallet. A second one is refused before it signs or posts anything.
 *
 * @module
 */
import { snapshotName } from "../../money/signer/signer.ts";
import type { Config } from "../../config/config.ts";
import { homePaths } from "../../config/paths.ts";
import { claimWallet, otherMayors, payerOf } from "../../home/trust/wallet_payer.ts";
import { CommandError } from "../errors.ts";

/**
 * Throws if another mayor already pays with this wallet. The wallet's address is needed only if the home has several mayors.
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

/** Records that this mayor pays with the wallet, so that another mayor is refused. Throws as {@link refuseSecondMayor}. */
export async function claimForMayor(config: Config, paymentAddress: string): Promise<void> {
  const { paths, mayor } = config;
  const payer = await claimWallet(paths.home, paymentAddress, mayor);
  if (payer !== mayor) throw secondMayor(config, payer);
}

/** Another mayor whose state shows that it signed with this key, although no file records it. */
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
