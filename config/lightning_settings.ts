/**
 * The settings of payments over Lightning.
 *
 * @module
 */
import { checkRelayUrl } from "../base/urls.ts";
import { BITCOIN_NETWORKS } from "../protocols/lightning/bitcoin_network.ts";
import { ofFile, setting } from "./setting.ts";
import { oneOf, url, whole, wordy } from "./setting_readers.ts";

/** 0.001 bitcoin. */
const MOST_MSATS = 100_000_000;

/** The settings by key, as in `SETTINGS`. */
export const LIGHTNING_SETTINGS = {
  "lightning.wallet_file": setting<string | null>({
    meaning:
      "a file that only you can read, with the connection of a Lightning wallet (NIP-47) in its first line",
    file: true,
    secretFile: true,
    fallback: null,
    read: wordy(/^\/[^,\0\n]*$/, "the absolute path of a file", "/home/me/lightning-wallet"),
  }),
  "lightning.relay": ofFile(
    "the relay of that wallet, which its connection names too",
    url(checkRelayUrl, "wss://relay.example.org"),
  ),
  "lightning.network": setting<typeof BITCOIN_NETWORKS[number]>({
    meaning: "the network of the invoices; bitcoin needs GASTOWN_ALLOW_MAINNET",
    file: true,
    fallback: "signet",
    read: oneOf(...BITCOIN_NETWORKS),
  }),
  "lightning.invoice_msats": setting<number>({
    meaning: "the most that one invoice of a provider may ask, in millisatoshis; 0: none is paid",
    file: true,
    fallback: 0,
    read: whole(0, MOST_MSATS),
  }),
  "lightning.day_msats": setting<number>({
    meaning: "the most that is paid for invoices in a day (UTC), in millisatoshis",
    file: true,
    fallback: MOST_MSATS / 10,
    read: whole(0, MOST_MSATS * 10),
  }),
  "node.lightning_msats": ofFile(
    "the price of every job for customers that pay over Lightning, in millisatoshis",
    whole(1_000, MOST_MSATS),
  ),
} as const;
