/**
 * Who has what on the embedded chain, asked of the chain itself: nothing is lost and nothing appears.
 *
 * @module
 */
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { DevChain } from "../chain/dev_chain_service.ts";
import { DEV_TOKEN_NETWORK } from "../chain/dev_contracts.ts";

/** One party's purse. */
interface DevPurse {
  readonly address: string;
  /** Raw units of the token, which are base units. */
  readonly units: bigint;
  /** What it had when the network was founded. */
  readonly grantedUnits: bigint;
  readonly gasWei: bigint;
}

/** All tokens that there are: what the parties have, and what lies in channels. */
export interface DevBalances {
  readonly minted: bigint;
  /** Held by the contract. */
  readonly inChannels: bigint;
  readonly parties: Readonly<Record<string, DevPurse>>;
}

/** Asks now. */
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
