/**
 * The Bitcoin networks. A file of its own, because the settings need the names and not the curve that reads invoices.
 *
 * @module
 */

/** The Bitcoin networks on which an invoice can be paid. */
export const BITCOIN_NETWORKS = ["bitcoin", "testnet", "signet", "regtest"] as const;

/** One of {@link BITCOIN_NETWORKS}. */
export type BitcoinNetwork = typeof BITCOIN_NETWORKS[number];
