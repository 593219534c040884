/**
 * The wallets of the dev network's parties: made at its founding, and opened by the signers that serve relay and connector.
 *
 * @module
 */
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Supervisor } from "../../runtime/supervisor.ts";
import { DEV_TOKEN, DEV_TOKEN_NETWORK } from "../chain/dev_contracts.ts";
import { DEV_CHAIN_ID, type DevIdentities } from "./constitution.ts";
import type { DevLayout, DevParty, DevProvider } from "./layout.ts";

/** Above what a trial spends: the ceilings are not what the dev network shows. */
const CEILING_UNITS = 1_000_000_000_000n;

/** Makes the wallet of each party, each with a passphrase file of its own; gives their public sides by name. */
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

/** A signer with the keys of one party. Its ledger is kept in `store`; without one it begins anew at each start. */
export async function openSigner(
  supervisor: Supervisor,
  party: DevParty,
  store?: ServiceHandle,
): Promise<ServiceHandle> {
  const keyReader = await supervisor.service("key-reader", {
    identityFile: party.keyFile,
    passphrase: { file: party.passphraseFile },
  });
  const signer = await supervisor.service(store ? "signer-unattended" : "signer-keys", {
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
  }, { keyReader, ...(store ? { store } : {}) });
  await keyReader.stop();
  return signer;
}
