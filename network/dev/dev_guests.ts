/**
 * Providers of other homes on an embedded network. Each one is funded once, may sign in at the connector, has a route, and gets a profile
 * for its home. In this way a provider can test a skill before it offers the skill on another network.
 *
 * Held: at most 16 guests until the network ends. The number is limited because the connector makes a deposit for each.
 *
 * @module
 */
import type { Profile } from "../../config/profile.ts";
import { formatProfile } from "../../config/profiles.ts";
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { DevChain } from "../chain/dev_chain_service.ts";
import type { RemoteConnector } from "../connector/connector_service.ts";
import { DEV_CONNECTOR_ADDRESS, DEV_GAS_WEI, DEV_PROVIDER_TOKENS } from "./constitution.ts";

/** What admitting a guest needs. */
interface DevGuestsDeps {
  readonly chain: Pick<DevChain, "endow">;
  readonly connector: Pick<RemoteConnector, "addPeer">;
  /** The common part of all profiles of the network. */
  readonly profile: Profile;
  /** The network's own parties. None of them can join as a guest. */
  readonly parties: readonly WalletIdentity[];
  readonly randomToken: () => string;
}

/** The guests of a network. */
interface DevGuests {
  /** Admits a guest. Returns its profile as TOML, and the same profile if it joins again. Rejects an invalid key or address. */
  join(party: WalletIdentity): Promise<string>;
  /** Keys and addresses of the guests by name: `guest-1`, `guest-2`... */
  identities(): Readonly<Record<string, WalletIdentity>>;
  /** The tokens that each guest got. */
  grants(): Readonly<Record<string, bigint>>;
}

const MAX_GUESTS = 16;

/** Starts without guests. */
export function devGuests(deps: DevGuestsDeps): DevGuests {
  const guests = new Map<string, { readonly identity: WalletIdentity; readonly toml: string }>();
  let last: Promise<unknown> = Promise.resolve();

  const take = async (identity: WalletIdentity): Promise<string> => {
    checkIdentity(identity);
    const { pubkey, paymentAddress } = identity;
    for (const known of guests.values()) {
      if (known.identity.pubkey !== pubkey) continue;
      if (known.identity.paymentAddress === paymentAddress) return known.toml;
      throw new RangeError("this key has joined with another payment address");
    }
    const taken = [...deps.parties, ...[...guests.values()].map((each) => each.identity)];
    if (taken.some((each) => each.pubkey === pubkey || each.paymentAddress === paymentAddress)) {
      throw new RangeError("this wallet is one of the network's own");
    }
    if (guests.size >= MAX_GUESTS) {
      throw new RangeError(`a network has at most ${MAX_GUESTS} guests`);
    }
    const name = `guest-${guests.size + 1}`;
    const ilpAddress = `${DEV_CONNECTOR_ADDRESS}.${name}`;
    const token = deps.randomToken();
    await deps.chain.endow([
      { address: paymentAddress, tokenRaw: DEV_PROVIDER_TOKENS, gasWei: DEV_GAS_WEI },
    ]);
    await deps.connector.addPeer({
      username: name,
      token,
      channelId: null,
      peerAddress: paymentAddress,
      settlementAddress: paymentAddress,
      peerRule: "credit",
    }, ilpAddress);
    const connectorAuth = { username: name, token };
    const toml = formatProfile({ ...deps.profile, connectorAuth, ilpAddress });
    guests.set(name, { identity, toml });
    return toml;
  };

  return {
    join(party) {
      // Guests are admitted one after the other, because their transactions share the deployer's nonces.
      const mine = last.then(() => take(party));
      last = mine.catch(() => undefined);
      return mine;
    },
    identities: () =>
      Object.fromEntries([...guests].map(([name, { identity }]) => [name, identity])),
    grants: () => Object.fromEntries([...guests.keys()].map((name) => [name, DEV_PROVIDER_TOKENS])),
  };
}

function checkIdentity({ pubkey, paymentAddress }: WalletIdentity): void {
  if (!/^[0-9a-f]{64}$/.test(pubkey)) throw new RangeError("pubkey must be 64 small hex digits");
  if (!/^0x[0-9a-f]{40}$/.test(paymentAddress)) {
    throw new RangeError("paymentAddress must be 0x and 40 small hex digits");
  }
}
