/**
 * The output of `connector status` as a document, as text and as rows.
 *
 * @module
 */
import type { ConnectorStatus } from "../../network/connector/connector_options.ts";
import type { Profile } from "../../config/profile.ts";
import type { PayerChannelRow } from "../../store/store.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../../shell/amount.ts";
import { alignedText, printableLine, type Row } from "../../shell/output.ts";
import type { ProbeAnswer } from "./probe_question.ts";

/** A value as it comes over the control socket, where amounts are decimal strings. */
type Told<T> = T extends bigint ? string
  : T extends readonly (infer Item)[] ? readonly Told<Item>[]
  : T extends object ? { readonly [Key in keyof T]: Told<T[Key]> }
  : T;

/** The connector's view of itself. */
export type AdminView = Told<ConnectorStatus>;

/** What this home knows about its connector. */
interface HomeView {
  readonly profile: Profile;
  readonly url: string;
  /** The channel whose account was asked for. */
  readonly channelId: string | null;
  readonly ours: readonly PayerChannelRow[];
  readonly answer: ProbeAnswer;
}

/** The whole status as JSON. */
export function statusDocument(home: HomeView, admin: AdminView | null): object {
  const { profile, url, channelId, ours, answer } = home;
  const { account } = answer;
  return {
    connector_btp: url,
    network: profile.name,
    wire: profile.wire,
    state: stateOf(answer),
    reason: answer.reason,
    connect_ms: answer.elapsedMs,
    account: account ? { channel_id: channelId, ...figures(account) } : null,
    channels: ours.map((row) => ({
      channel_id: row.channelId,
      nonce: row.nonce,
      signed_units: row.signed,
      spent_units: row.spent,
      forfeit_units: row.forfeit,
      exposure_units: row.signed - row.spent,
    })),
    admin: admin === null ? null : adminDocument(admin),
  };
}

/** One row for each channel of the connector, or one row for this home. */
export function statusRows(home: HomeView, admin: AdminView | null): readonly Row[] {
  if (admin === null) {
    const { account } = home.answer;
    return [{
      connector_btp: home.url,
      state: stateOf(home.answer),
      reason: home.answer.reason,
      channel_id: home.channelId,
      credited_units: account?.credited ?? null,
      spent_units: account?.spent ?? null,
      held_units: account?.held ?? null,
    }];
  }
  const row = (side: string, channelId: string, of: string, rest: Row): Row => ({
    side,
    channel_id: channelId,
    peer: of,
    ...rest,
  });
  return [
    ...admin.accounts.map((each) =>
      row("receives", each.channelId, each.peer, {
        nonce: each.nonce,
        credited_or_signed_units: each.credited,
        spent_units: each.spent,
        held_units: each.held,
        packets: each.heldPackets,
      })
    ),
    ...admin.payers.map((each) =>
      row("pays", each.channelId, each.username, {
        nonce: each.nonce,
        credited_or_signed_units: each.signed,
        spent_units: each.spent,
        held_units: each.held,
        packets: each.openPackets,
      })
    ),
  ];
}

/** The status as text for people. */
export function statusText(
  home: HomeView,
  admin: AdminView | null,
  bold: (text: string) => string,
): string {
  const { profile, url, answer } = home;
  const { account } = answer;
  const lines: string[][] = [
    ["connector", url],
    ["state", stateText(answer)],
    ["wire", profile.wire],
  ];
  if (account) {
    const free = account.credited - account.spent - account.held;
    const text = (units: bigint) => formatUnits(units, profile.asset);
    lines.push([
      "account",
      `${text(account.spent)} spent of ${text(account.credited)} credited, ${
        text(free)
      } left there, ${text(account.held)} under way`,
    ]);
  }
  const text = [networkBanner(profile), alignedText(lines)];
  if (admin !== null) text.push("", ...adminText(admin, profile.asset, bold));
  return text.join("\n");
}

function adminText(
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

function adminDocument(admin: AdminView): object {
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

function figures(account: NonNullable<ProbeAnswer["account"]>) {
  return {
    nonce: account.nonce,
    credited_units: account.credited,
    spent_units: account.spent,
    held_units: account.held,
    free_units: account.credited - account.spent - account.held,
  };
}

function stateOf(answer: ProbeAnswer): string {
  return answer.ok ? answer.state : answer.state === "refused" ? "refused" : "offline";
}

function stateText(answer: ProbeAnswer): string {
  const { state, elapsedMs, reason } = answer;
  if (!answer.ok) return `${stateOf(answer)}: ${printableLine(reason ?? "no answer")}`;
  return `${state === "signed_in" ? "signed in" : "connected"} in ${elapsedMs} ms`;
}

/** The first characters of a channel's id, enough to find it again. */
function short(channelId: string): string {
  return channelId.startsWith("0x") ? `${channelId.slice(0, 10)}…` : printableLine(channelId);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
