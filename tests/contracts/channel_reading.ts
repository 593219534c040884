/** The state of a token network as its views return it. */
import type { Address, Hex } from "viem";
import type { HDAccount } from "viem/accounts";
import type { Chain } from "./chain.ts";
import type { Side } from "./channel_model.ts";

/** The chain's state, read in one round of calls. */
export interface Reading {
  readonly balances: Map<Address, bigint>;
  /** Tokens of the network's contract. */
  readonly locked: bigint;
  readonly channels: Map<
    Hex,
    { readonly state: number; readonly closedAt: bigint; readonly parties: readonly Address[] }
  >;
  /** By channel id and address. */
  readonly sides: Map<string, Side>;
}

/** Reads the balances of accounts and network, and these channels with both sides. */
export async function read(
  chain: Chain,
  network: Address,
  actors: readonly HDAccount[],
  known: readonly { readonly id: Hex; readonly parties: readonly Address[] }[],
): Promise<Reading> {
  const [locked, balances, channels] = await Promise.all([
    chain.balanceOf(network),
    Promise.all(
      actors.map(async ({ address }) => [address, await chain.balanceOf(address)] as const),
    ),
    Promise.all(known.map(async ({ id, parties }) => {
      const [[, state, closedAt], ...sides] = await Promise.all([
        chain.channel(id, network),
        ...parties.map((party) => chain.side(id, party, network)),
      ]);
      return { id, parties, state, closedAt, sides };
    })),
  ]);
  return {
    locked,
    balances: new Map(balances),
    channels: new Map(channels.map(({ id, ...channel }) => [id, channel])),
    sides: new Map(
      channels.flatMap(({ id, parties, sides }) =>
        sides.map(([deposit, nonce, paid], i) =>
          [`${id} ${parties[i]}`, { deposit, nonce, paid }] as const
        )
      ),
    ),
  };
}

/** The sum. */
export function total(amounts: Iterable<bigint>): bigint {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
}
