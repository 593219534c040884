/**
 * Providers of other homes on an embedded network: each is funded once, may sign in at the connector, has a route, and is given the
 * profile with which its home takes part. A skill is tried this way before it is offered anywhere else.
 *
 * Held: at most 16 guests, as the connector deposits toward each, until the network ends.
 *
 * @module
 */
import type { Profile } from "../../config/profile.ts";
import { formatProfile } from "../../config/profiles.ts";
import type { WalletIdentity } from "../../money/wallet/key_maker_service.ts";
import type { DevChain } from "../chain/dev_chain_service.ts";
import type { RemoteConnector } from "../connector/connector_service.ts";
import { DEV_CONNECTOR_ADDRESS, DEV_GAS_WEI, DEV_PROVIDER_TOKENS } from "./constitution.ts";

/** What the network's parts do for a guest. */
interface DevGuestsDeps {
  readonly chain: Pick<DevChain, "endow">;
  readonly connector: Pick<RemoteConnector, "addPeer">;
  /** What all profiles of the network have in common. */
  readonly profile: Profile;
  /** Parties that are there already; none of them is a guest. */
  readonly parties: readonly WalletIdentity[];
  readonly randomToken: () => string;
}

/** The guests of a network. */
interface DevGuests {
  /** Takes one in; the same one again is given the same. Its profile as TOML. Rejects what is no key and no address. */
  join(party: WalletIdentity): Promise<string>;
  /** Keys and addresses by name: `guest-1`, `guest-2`... */
  identities(): Readonly<Record<string, WalletIdentity>>;
  /** What each was given. */
  grants(): Readonly<Record<string, bigint>>;
}

const MAX_GUESTS = 16;

/** Nobody at first. */
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
      // One after the other: the faucet counts its transactions.
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
