/** What a signer is asked to sign. */
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { contract, paymentKey } from "./fixtures.ts";

export const secp = await loadSecp256k1();

export const address = secp.addressOf(paymentKey);

export const domain = {
  chainId: contract.chainId,
  verifyingContract: contract.tokenNetworkAddress,
};

export const second = { nonce: 2, transferredAmount: 200n, packetAmount: 100n };
