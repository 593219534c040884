/**
 * The balances of all parties on the embedded chain, read from the chain. With them a reader can check that no token was lost or created.
 *
 * @module
 */
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { DevChain } from "../chain/dev_chain_service.ts";
import { DEV_TOKEN_NETWORK } from "../chain/dev_contracts.ts";

/** The balances of one party. */
interface DevPurse {
  readonly address: string;
  /** Raw units of the token, which are base units. */
  readonly units: bigint;
  /** What it got when the network was set up. */
  readonly grantedUnits: bigint;
  readonly gasWei: bigint;
}

/** All tokens of the chain: the total supply, the balances of the parties, and the tokens in channels. */
export interface DevBalances {
  readonly minted: bigint;
  /** The balance of the channel contract. */
  readonly inChannels: bigint;
  readonly parties: Readonly<Record<string, DevPurse>>;
}

/** Reads the balances now. */
export async function devBalances(
  chain: DevChain,
  identities: Readonly<Record<string, WalletIdentity>>,
  grants: Readonly<Record<string, bigint>>,
): Promise<DevBalances> {
  const names = Object.keys(identities);
  const addresses = names.map((name) => identities[name].paymentAddress);
  const [[contract, ...purses], minted] = await Promise.all([
    chain.balances([DEV_TOKEN_NETWORK, ...addresses]),
    chain.minted(),
  ]);
  const parties = Object.fromEntries(
    names.map((name, at) => [name, {
      address: addresses[at],
      units: purses[at].tokenRaw,
      grantedUnits: grants[name],
      gasWei: purses[at].gasWei,
    }]),
  );
  return { minted, inChannels: contract.tokenRaw, parties };
}
