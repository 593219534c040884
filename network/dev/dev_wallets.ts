/**
 * The wallets of the dev network's parties. They are made when the network is set up. The signers of relay and connector open two of them.
 *
 * @module
 */
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Supervisor } from "../../runtime/supervisor.ts";
import { DEV_TOKEN, DEV_TOKEN_NETWORK } from "../chain/dev_contracts.ts";
import { DEV_CHAIN_ID, type DevIdentities } from "./constitution.ts";
import type { DevLayout, DevParty, DevProvider } from "./layout.ts";

/** Higher than any trial spends, so the signer's ceilings never refuse on the dev network. */
const CEILING_UNITS = 1_000_000_000_000n;

/** Makes a wallet for each party, each with its own passphrase file. Returns their public keys and addresses by name. */
export async function makeWallets(
  supervisor: Supervisor,
  layout: DevLayout,
  providers: readonly DevProvider[],
): Promise<DevIdentities & Readonly<Record<string, WalletIdentity>>> {
  const handle = await supervisor.service("key-maker", { folders: [layout.folder] });
  const maker = handle.client();
  const made: Record<string, WalletIdentity> = {};
  for (const name of ["buyer", "relay", "connector"] as const) {
    made[name] = await maker.make(layout[name]);
  }
  for (const { name, party } of providers) made[name] = await maker.make(party);
  await handle.stop();
  return made as DevIdentities & Readonly<Record<string, WalletIdentity>>;
}

/** Starts a signer with the keys of one party. It keeps its ledger in `store`. Without `store`, the ledger is empty at each start. */
export async function openSigner(
  supervisor: Supervisor,
  party: DevParty,
  store?: ServiceHandle,
): Promise<ServiceHandle> {
  return await supervisor.service(store ? "signer" : "signer-keys", {
    wallet: { identityFile: party.keyFile, passphrase: { file: party.passphraseFile } },
    ceilings: {
      perPacketUnits: CEILING_UNITS,
      perChannelUnits: CEILING_UNITS,
      perHourUnits: CEILING_UNITS,
      perDayUnits: CEILING_UNITS,
    },
    allow: [{
      chainId: DEV_CHAIN_ID,
      tokenNetworkAddress: DEV_TOKEN_NETWORK,
      tokenAddress: DEV_TOKEN,
    }],
    snapshot: store ? "stored" : "first",
  }, store ? { store } : {});
}
