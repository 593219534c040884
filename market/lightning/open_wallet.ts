/**
 * Opens the Lightning wallet whose connection is in a file.
 *
 * @module
 */
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { readWalletConnection, WalletConnectError } from "../../protocols/nostr/wallet_connect.ts";
import { readSecretText } from "../../money/wallet/key_reader.ts";
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { type WalletClient, walletClient } from "./wallet_client.ts";

/** Reads the connection and connects to the relay. Throws KeyFileError or WalletConnectError. */
export async function openWallet(
  { walletFile, relayUrl }: { readonly walletFile: string; readonly relayUrl: string },
  maxBytes: number,
  clock: () => number,
): Promise<{ readonly wallet: WalletClient; readonly close: () => void }> {
  const source = { file: walletFile };
  const connection = readWalletConnection(
    await readSecretText("Lightning wallet's connection", source, { maxBytes }),
  );
  if (!connection.relays.some((each) => sameAddress(each, relayUrl))) {
    throw new WalletConnectError(
      "bad_connection",
      "its connection does not name the relay that is configured under [lightning]",
    );
  }
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const pubkey = publicKeyOf(connection.secret);
  const session = openRelaySession({
    url: relayUrl,
    clock,
    signer: {
      identity: () => Promise.resolve({ pubkey, paymentAddress: "" }),
      signEvents: (events) =>
        Promise.resolve(events.map((event) => signEvent(event, connection.secret, random(32)))),
    },
  });
  const verifier = await createVerifier();
  return {
    wallet: walletClient({ session, connection, verifier, clock, random }),
    close: () => session.close(),
  };
}

function sameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}
