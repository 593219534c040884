/**
 * The settings of a home's Lightning wallet.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { LightningOptions } from "../../market/lightning/lightning_service.ts";
import { CommandError } from "../errors.ts";

/** Null if no wallet is configured. Throws CommandError if it may not be used, or its relay is missing. */
export function lightningOptions({ get }: Pick<Config, "get">): LightningOptions | null {
  const walletFile = get("lightning.wallet_file");
  if (walletFile === null) return null;
  const relayUrl = get("lightning.relay");
  if (relayUrl === null) {
    throw new CommandError(
      "no_wallet_relay",
      "the Lightning wallet's relay is not configured",
      "set relay under [lightning] to the relay that the wallet's connection names",
    );
  }
  const network = get("lightning.network");
  if (network === "bitcoin" && !get("allow_mainnet")) {
    throw new CommandError(
      "mainnet",
      "invoices of the network bitcoin are real money, which is refused before version 1.0",
      "set network under [lightning] to signet, testnet or regtest",
    );
  }
  return {
    walletFile,
    relayUrl,
    network,
    invoiceMsats: String(get("lightning.invoice_msats")),
    dayMsats: String(get("lightning.day_msats")),
  };
}
