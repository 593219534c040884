/**
 * Chooses which packets of a batch share a claim (docs/money.md#covered-claims).
 *
 * @module
 */
import type { ClaimFigures } from "./claim_figures.ts";
import type { PlannedPacket } from "./planned_packet.ts";

/** The receiver looks at a covered packet when the signed claim arrives. On a slow line, more bytes would make the first packet wait. */
const MAX_GROUP_BYTES = 65_536;

/**
 * The figures of planned packets. `covers` is the most packets that a claim of the last packet of a group covers; 0 gives each packet a
 * claim of its own.
 */
export function coveredFigures(
  planned: readonly PlannedPacket[],
  covers: number,
): readonly ClaimFigures[] {
  if (covers === 0) return planned.map(({ figures }) => figures);
  const groups: PlannedPacket[][] = [];
  let bytes = 0;
  for (const packet of planned) {
    const group = groups[groups.length - 1];
    bytes += packet.prepare.length;
    if (group !== undefined && group.length <= covers && bytes <= MAX_GROUP_BYTES) {
      group.push(packet);
    } else {
      groups.push([packet]);
      bytes = packet.prepare.length;
    }
  }
  return groups.flatMap((group) => {
    const { nonce } = group[group.length - 1].figures;
    return group.map(({ figures }) =>
      figures.nonce === nonce ? figures : { ...figures, coveredBy: nonce }
    );
  });
}
