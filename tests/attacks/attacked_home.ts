/** The home of the buyer whom everybody attacks. */
import { devProfile } from "../../network/dev/constitution.ts";
import { devChannels } from "../network/dev/dev_channels.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { formatChainFacts } from "../money/evm/chain_facts.ts";
import { formatProfile } from "../../config/profiles.ts";
import { sealWallet } from "../../money/wallet/wallet_keys.ts";
import { KEYS } from "./hostile_events.ts";

const PASSPHRASE = "a passphrase of the attacked buyer";

/** Makes the buyer's home in `folder`: its wallet, one funded channel, and the profile as `change` leaves it. */
export async function attackedHome(
  folder: string,
  relayPort: number,
  connectorPort: number,
  change: (profile: ReturnType<typeof devProfile>) => ReturnType<typeof devProfile>,
): Promise<void> {
  const secp = await loadSecp256k1();
  const dev = `${folder}/dev`;
  await Deno.mkdir(dev, { mode: 0o700 });
  const own = (name: string, text: string) =>
    Deno.writeTextFile(`${dev}/${name}`, text, { mode: 0o600 });
  const keys = { nostrKey: KEYS.buyer, paymentKey: KEYS.buyerPayment };
  await own("wallet.enc", `${await sealWallet(keys, PASSPHRASE)}\n`);
  await own("wallet.pass", `${PASSPHRASE}\n`);
  const identity = (key: Uint8Array, payment: Uint8Array) => ({
    pubkey: publicKeyOf(key),
    paymentAddress: secp.addressOf(payment),
  });
  const connector = identity(KEYS.connector, KEYS.connector);
  const { buyer: channel } = devChannels({
    buyer: identity(KEYS.buyer, KEYS.buyerPayment),
    relay: identity(KEYS.relay, KEYS.relay),
    connector,
    provider: identity(KEYS.provider, KEYS.provider),
  });
  await own("channels.json", formatChainFacts([channel]));
  const profile = devProfile({
    relayUrl: `ws://127.0.0.1:${relayPort}/`,
    relayPubkey: publicKeyOf(KEYS.relay),
    connectorBtp: `btp+ws://127.0.0.1:${connectorPort}`,
    username: "buyer",
    token: "token-of-the-buyer",
    peerAddress: connector.paymentAddress,
    money: { channel, factsFile: `${dev}/channels.json` },
  });
  await own("profile.toml", formatProfile(change(profile)));
}
