/**
 * Reads the public part of the wallet for commands.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { KeyReaderOptions } from "../../money/wallet/key_reader.ts";
import type { WalletView } from "../../money/wallet/wallet_service.ts";
import type { Invocation } from "../../shell/command.ts";
import { checkAddress, keysOf } from "../../shell/home/home_keys.ts";
import { withWallet } from "./wallet_turn.ts";

/** The public part of the wallet that commands use, and the source of its keys. */
export async function lookAt(invocation: Invocation, config: Config) {
  const keys = await keysOf(config, invocation);
  const view = await withWallet({ file: null, keys, sources: [] }, (wallet) => wallet.look(keys));
  checkAddress(config, view.paymentAddress);
  return { view, origin: originOf(config, keys) };
}

function originOf(config: Config, { identityFile, blob, plainKey }: KeyReaderOptions) {
  if (blob === undefined && plainKey === undefined) return { file: identityFile, source: "file" };
  const key = plainKey === undefined ? "wallet.private_key_encrypted" : "wallet.private_key";
  const source = config.explain().find((each) => each.key === key)?.source ?? "environment";
  return { file: null, source };
}

export async function configOf(invocation: Invocation): Promise<Config> {
  const { configOf } = await import("../../shell/home/load_config.ts");
  return await configOf(invocation);
}

export function publicOf({ pubkey, paymentAddress, oneKey }: WalletView) {
  return { pubkey, address: paymentAddress, one_key: oneKey };
}

export function viewText({ pubkey, paymentAddress, oneKey }: WalletView): string {
  return `pubkey   ${pubkey}\naddress  ${paymentAddress}${
    oneKey ? "\nkeys     one for events and payments" : ""
  }`;
}

export async function npubOf({ pubkey }: WalletView): Promise<string> {
  const { npubEncode } = await import("nostr-tools/nip19");
  return npubEncode(pubkey);
}
