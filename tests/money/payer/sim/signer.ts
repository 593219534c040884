/**
 * A signer in a simulated process, with the rules of the real one for its ledger: nonces rise, amounts never fall and
 * rise by no more than the packet. A claim may be durable here although a crash came before its row was durable,
 * because the ledger's entries are a separate commit.
 */
import type { ClaimFigures } from "../../../../money/payer/claim_figures.ts";
import type { ClaimSource, IssuedClaims } from "../../../../money/payer/claim_source.ts";
import { signFigures } from "../../../../money/payer/signed_figures.ts";
import type { Signer } from "../../../../money/signer/signer.ts";
import { SignerError } from "../../../../money/signer/signer_error.ts";
import type { Disk } from "./disk.ts";
import type { VirtualTime } from "./virtual_time.ts";

interface Signed {
  readonly nonce: number;
  readonly cumulative: bigint;
}

interface Ledger {
  readonly counter: number;
  readonly last: Signed | null;
}

/** Whatever a claim looks like on the wire here. */
export type ClaimBytes = (claim: Signed) => Uint8Array;

type ClaimFields = Parameters<Signer["signClaims"]>[0][number];

/** One channel's claims, from a signer that starts from what is on the disk. */
export function simClaims(
  channelId: string,
  name: string,
  life: {
    readonly disk: Disk;
    readonly store: { commit: (changes: never[]) => Promise<void> };
    sleep(ms: number): Promise<void>;
  },
  time: VirtualTime,
  bytes: ClaimBytes,
  /** The process may end here: the signer's part is durable, the payer's row is not. */
  crash: () => void,
): ClaimSource {
  let ledger: Ledger = read(life.disk.snapshots.get(name));
  const sign = async (
    { nonce, transferredAmount: cumulative, packetAmount, covers = [] }: ClaimFields,
  ) => {
    await life.sleep(time.between(0, 1));
    const { last, counter } = ledger;
    if (last?.nonce === nonce && last.cumulative === cumulative) return;
    if (nonce <= (last?.nonce ?? 0)) throw new SignerError("nonce", `nonce ${nonce} is taken`);
    // The sum of several may be above a limit that each of them keeps.
    if (covers.length > 0 && time.chance(0.05)) {
      throw new SignerError("ceiling", "the sum is too much");
    }
    const units = cumulative - (last?.cumulative ?? 0n);
    if (units < 0n) throw new SignerError("bad_field", "the amount must not fall");
    if (units > [...covers, packetAmount].reduce((sum, amount) => sum + amount)) {
      throw new SignerError("bad_field", "the amount rises by too much");
    }
    ledger = { counter: counter + 1, last: { nonce, cumulative } };
  };
  const signClaims: Signer["signClaims"] = async (list) => {
    const signatures: string[] = [];
    let refusal: SignerError | null = null;
    for (const fields of list) {
      try {
        await sign(fields);
        signatures.push("");
      } catch (error) {
        refusal = error as SignerError;
        break;
      }
    }
    const snapshot = { counter: ledger.counter, sealed: write(ledger) };
    if (signatures.length > 0 && time.chance(0.15)) {
      const saved = life.store.commit([{ op: "putSnapshot", name, ...snapshot } as never]);
      void saved.then(() => time.chance(0.5) && crash(), () => {});
      // The answer is late: the process may end in between.
      if (time.chance(0.5)) await life.sleep(time.between(1, 2_000));
    }
    return { signatures, signerAddress: "", snapshot, refusal };
  };
  return {
    capacity: () => Promise.resolve({ depositUnits: 1_000_000n, open: true }),
    lastClaim: () => Promise.resolve(ledger.last),
    async issue(figures) {
      const channel = { chainId: 1, tokenNetworkAddress: "", channelId };
      const { claims, refusal, snapshot } = await signFigures(
        { signClaims },
        channel,
        figures,
        bytes,
      );
      return { claims, refusal, snapshot: claims.length === 0 ? null : { name, ...snapshot } };
    },
  };
}

/** Claims of which each is signed by itself; a SignerError is the refusal of one, whatever else is thrown is not heard of. */
export function oneByOne(
  sign: (
    figures: ClaimFigures,
  ) => Promise<{ readonly bytes: Uint8Array; readonly snapshot: IssuedClaims["snapshot"] }>,
): ClaimSource["issue"] {
  return async (figures) => {
    const claims: Uint8Array[] = [];
    let snapshot: IssuedClaims["snapshot"] = null;
    for (const each of figures) {
      try {
        const signed = await sign(each);
        claims.push(signed.bytes);
        snapshot = signed.snapshot ?? snapshot;
      } catch (error) {
        if (!(error instanceof SignerError)) throw error;
        return { claims, snapshot, refusal: { code: error.code, message: error.message } };
      }
    }
    return { claims, snapshot, refusal: null };
  };
}

function write({ counter, last }: Ledger): Uint8Array {
  const figures = last && [last.nonce, String(last.cumulative)];
  return new TextEncoder().encode(JSON.stringify([counter, figures]));
}

function read(stored: { readonly sealed: Uint8Array } | undefined): Ledger {
  if (stored === undefined) return { counter: 0, last: null };
  const [counter, figures] = JSON.parse(new TextDecoder().decode(stored.sealed));
  return {
    counter,
    last: figures && { nonce: figures[0], cumulative: BigInt(figures[1]) },
  };
}
