/**
 * Checks signatures of claims together: claims of one address that arrive in one turn of the event loop are checked as one sum on the
 * curve. This takes a third of the time of single checks. The answer is "valid" or "unknown". If it is "unknown", the caller checks each
 * claim alone.
 *
 * Held: the claims of one turn. The number of a session's open packets limits them.
 *
 * @module
 */
import type { Address } from "../../protocols/evm/address.ts";
import { balanceProofDigest } from "../../protocols/evm/balance_proof.ts";
import { balanceProofOf, type Claim } from "../../protocols/evm/claim.ts";
import { recoverable, type Secp256k1, type Signed } from "../../protocols/evm/secp256k1.ts";

/** The most claims in one sum. */
const MAX_TOGETHER = 64;

interface Waiting extends Signed {
  tell(good: boolean): void;
}

/** Checks claims. */
export class ClaimSignatures {
  readonly #waiting = new Map<Address, Waiting[]>();

  /** `random` returns unpredictable bytes. */
  constructor(
    readonly secp: Pick<Secp256k1, "allOf">,
    readonly random: (sizeBytes: number) => Uint8Array,
  ) {}

  /** True if the address that the claim names signed it. False if that is not known. Never rejects. */
  isGood(claim: Claim): Promise<boolean> {
    let signed: Signed;
    try {
      const { domain, proof } = balanceProofOf(claim);
      const signature = recoverable(claim.signature);
      signed = { digest: balanceProofDigest(domain, proof), signature };
    } catch {
      return Promise.resolve(false);
    }
    return new Promise((tell) => {
      if (this.#waiting.size === 0) globalThis.setImmediate(() => this.#check());
      const others = this.#waiting.get(claim.signerAddress);
      if (others === undefined) this.#waiting.set(claim.signerAddress, [{ ...signed, tell }]);
      else others.push({ ...signed, tell });
    });
  }

  #check(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const [signer, waiting] of all) {
      for (let from = 0; from < waiting.length; from += MAX_TOGETHER) {
        const together = waiting.slice(from, from + MAX_TOGETHER);
        const good = this.secp.allOf(signer, together, this.random(16 * together.length));
        for (const { tell } of together) tell(good);
      }
    }
  }
}
