/**
 * Asks the signer once for the fulfilments of all packets that are handled side by side.
 *
 * @module
 */
import { merged } from "../../base/merged.ts";
import type { Signer } from "./signer.ts";

/** The most packets in one question. */
const MOST = 256;

/** `packetFulfilments` of this signer; see {@link merged}. */
export function mergedFulfilments(
  signer: Pick<Signer, "packetFulfilments">,
): Signer["packetFulfilments"] {
  return merged((packets) => signer.packetFulfilments(packets), MOST);
}
