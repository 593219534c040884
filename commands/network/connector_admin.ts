/**
 * What a connector that runs in this home says of itself, as a document and as text.
 *
 * @module
 */
import type { ConnectorStatus } from "../../network/connector/connector_options.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { alignedText, printableLine } from "../../shell/output.ts";

/** A value as it comes over the control socket, where amounts are decimal strings. */
type Told<T> = T extends bigint ? string
  : T extends readonly (infer Item)[] ? readonly Told<Item>[]
  : T extends object ? { readonly [Key in keyof T]: Told<T[Key]> }
  : T;

/** The connector's view of itself. */
export type AdminView = Told<ConnectorStatus>;

/** The figures for people. */
export function adminText(
  admin: AdminView,
  asset: Asset,
  bold: (text: string) => string,
): string[] {
  const m2m = (units: string) => formatUnits(BigInt(units), asset);
  const part = (title: string, rows: readonly (readonly string[])[], none: string) => [
    bold(title),
    rows.length === 0 ? `  ${none}` : indent(alignedText(rows)),
  ];
  const outcomes = Object.entries(admin.outcomes).map(([code, count]) => `${code} ${count}`);
  const { flatUnits, basisPoints } = admin.fee;
  return [
    ...part(
      `Sessions at ${admin.ilpAddress}${admin.draining ? " (stopping: takes no new packets)" : ""}`,
      admin.sessions.map((each) => [
        printableLine(each.username),
        each.wire,
        each.dialed ? "dialed" : "signed in",
        each.proven ? "pays and receives" : "pays",
        `${each.inFlight} in flight`,
      ]),
      "nobody is connected",
    ),
    ...part(
      "Paid to us",
      admin.accounts.map((each) => [
        short(each.channelId),
        `${m2m(each.spent)} spent`,
        `${m2m(each.credited)} credited`,
        `${m2m(each.held)} held in ${each.heldPackets}`,
      ]),
      "nothing yet",
    ),
    ...part(
      "Paid by us",
      admin.payers.map((each) => [
        printableLine(each.username),
        short(each.channelId),
        `${m2m(each.spent)} spent`,
        `${m2m(each.signed)} signed`,
        `${m2m(each.held)} open in ${each.openPackets}${
          each.halted === null ? "" : `, halted: ${printableLine(each.halted)}`
        }`,
      ]),
      "no channel is known",
    ),
    ...part(
      "Routes",
      admin.routes.map(({ prefix, to }) => [
        prefix,
        "peer" in to ? `to ${to.peer}` : `ends here, at ${to.terminal}`,
      ]),
      "none",
    ),
    alignedText([
      [
        "fee",
        flatUnits === "0" && basisPoints === 0
          ? "none"
          : `${m2m(flatUnits)} and ${basisPoints / 100} % of what is forwarded`,
      ],
      ["packets", `${outcomes.join(", ") || "none yet"}; ${admin.packetsPerSecond}/s lately`],
      ["lost", `${m2m(admin.writtenOffUnits)} written off`],
      ...writeOffs(admin, asset).map(({ peer, text }) => [`to ${peer}`, text]),
      ...admin.lines.map(({ peer, url, line }) => [`to ${peer}`, `${url} ${line.state}`]),
    ]),
  ];
}

/** Next hops that left packets without an answer today, or still have some. A person should look at them. */
export function writeOffs(
  { nextHops }: Pick<AdminView, "nextHops">,
  asset: Asset,
): readonly { readonly peer: string; readonly halted: boolean; readonly text: string }[] {
  const m2m = (units: string) => formatUnits(BigInt(units), asset);
  return nextHops.filter((each) => each.todayUnits !== "0" || each.inDoubtUnits !== "0").map(
    ({ peer, todayUnits, inDoubtUnits, limitUnits, halted }) => ({
      peer: printableLine(peer),
      halted,
      text: `${
        halted
          ? "HALTED until the next day (UTC) or until the written-off packets are refused: "
          : ""
      }${m2m(todayUnits)} of ${m2m(limitUnits)} written off today, ${m2m(inDoubtUnits)} in doubt`,
    }),
  );
}

/** The figures as JSON. */
export function adminDocument(admin: AdminView): object {
  return {
    ilp_address: admin.ilpAddress,
    port: admin.port,
    since_ms: admin.sinceMs,
    draining: admin.draining,
    sessions: admin.sessions.map((each) => ({
      username: each.username,
      guest: each.guest,
      wire: each.wire,
      proven: each.proven,
      dialed: each.dialed,
      since_ms: each.sinceMs,
      in_flight: each.inFlight,
    })),
    accounts: admin.accounts.map((each) => ({
      channel_id: each.channelId,
      peer: each.peer,
      nonce: each.nonce,
      credited_units: each.credited,
      spent_units: each.spent,
      held_units: each.held,
      held_packets: each.heldPackets,
    })),
    payers: admin.payers.map((each) => ({
      username: each.username,
      channel_id: each.channelId,
      nonce: each.nonce,
      signed_units: each.signed,
      spent_units: each.spent,
      forfeit_units: each.forfeit,
      held_units: each.held,
      open_packets: each.openPackets,
      waiting: each.waiting,
      linked: each.linked,
      halted: each.halted,
      exposure_units: String(BigInt(each.signed) - BigInt(each.spent)),
    })),
    next_hops: admin.nextHops.map((each) => ({
      peer: each.peer,
      written_off_today_units: each.todayUnits,
      in_doubt_units: each.inDoubtUnits,
      write_off_limit_units: each.limitUnits,
      halted: each.halted,
    })),
    routes: admin.routes,
    lines: admin.lines.map(({ peer, url, line }) => ({ peer, url, state: line.state })),
    fee: { flat_units: admin.fee.flatUnits, basis_points: admin.fee.basisPoints },
    outcomes: admin.outcomes,
    packets_per_second: admin.packetsPerSecond,
    written_off_units: admin.writtenOffUnits,
  };
}

/** The first characters of a channel's id, enough to find it again. */
function short(channelId: string): string {
  return channelId.startsWith("0x") ? `${channelId.slice(0, 10)}…` : printableLine(channelId);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
