/**
 * Signs the claims of packets that are sent together. Packets that another claim covers get none of their own (docs/money.md#covered-claims).
 *
 * @module
 */
import { encodeCoveredClaim } from "../../protocols/evm/covered_claim.ts";
import { asChannelId } from "../../protocols/evm/channel_id.ts";
import type { ClaimFields, SignedClaims, Signer } from "../signer/signer.ts";
import { SignerError } from "../signer/signer_error.ts";
import type { ClaimFigures } from "./claim_figures.ts";

/** The channel's part of a claim's fields. */
type ChannelFields = Pick<ClaimFields, "chainId" | "tokenNetworkAddress" | "channelId">;

/** The claims of the first figures, and why the next one was not signed. */
interface SignedFigures extends Pick<SignedClaims, "signerAddress" | "snapshot" | "refusal"> {
  readonly claims: readonly Uint8Array[];
}

/** Makes the bytes of a claim from its signature. */
type EncodeSigned = (
  figures: ClaimFigures,
  signature: string,
  signerAddress: string,
) => Uint8Array;

/**
 * Signs in order, up to the first figures that the signer refuses. If it refuses a claim that covers others, all packets from the first
 * covered one on get claims of their own, because the sum may be too much where some of the amounts are not.
 */
export async function signFigures(
  signer: Pick<Signer, "signClaims">,
  channel: ChannelFields,
  figures: readonly ClaimFigures[],
  encode: EncodeSigned,
): Promise<SignedFigures> {
  const groups = groupsOf(figures);
  const first = await signer.signClaims(groups.map((group) => fieldsOf(channel, group)));
  const claims = first.signatures.flatMap((signature, at) => {
    const group = groups[at];
    const own = group[group.length - 1];
    return [
      ...group.slice(0, -1).map((covered) => coveredClaim(channel, covered, own.nonce)),
      encode(own, signature, first.signerAddress),
    ];
  });
  const refused = groups[first.signatures.length];
  if (first.refusal === null || refused.length === 1) return { ...first, claims };
  const rest = figures.slice(claims.length);
  const alone = rest.map((own) => fieldsOf(channel, [own]));
  const again = await signer.signClaims(alone).catch((error): SignedClaims => {
    // The claims above are signed, so their packets are sent.
    if (!(error instanceof SignerError) || claims.length === 0) throw error;
    return { ...first, signatures: [], refusal: error };
  });
  const more = again.signatures.map((signature, at) =>
    encode(rest[at], signature, again.signerAddress)
  );
  return { ...again, claims: [...claims, ...more] };
}

/** Consecutive figures that share a claim, which is that of the last. */
function groupsOf(figures: readonly ClaimFigures[]): ClaimFigures[][] {
  const groups: ClaimFigures[][] = [];
  let group: ClaimFigures[] = [];
  for (const figure of figures) {
    group.push(figure);
    if (typeof figure.coveredBy === "number") continue;
    groups.push(group);
    group = [];
  }
  return groups;
}

function fieldsOf(channel: ChannelFields, group: readonly ClaimFigures[]): ClaimFields {
  const own = group[group.length - 1];
  return {
    ...channel,
    nonce: own.nonce,
    transferredAmount: own.cumulative,
    packetAmount: own.amount,
    ...(group.length === 1 ? {} : { covers: group.slice(0, -1).map(({ amount }) => amount) }),
  };
}

function coveredClaim(
  { channelId }: ChannelFields,
  { nonce }: ClaimFigures,
  coveredBy: number,
): Uint8Array {
  return encodeCoveredClaim({ channelId: asChannelId(channelId), nonce, coveredBy });
}
