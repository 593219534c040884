/**
 * The output of `connector status` as a document, as text and as rows.
 *
 * @module
 */
import type { Profile } from "../../config/profile.ts";
import type { PayerChannelRow } from "../../store/store.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../../shell/amount.ts";
import { alignedText, printableLine, type Row } from "../../shell/output.ts";
import { adminDocument, adminText, type AdminView } from "./connector_admin.ts";
import type { AnnouncedState } from "../../shell/home/announced_states.ts";
import { timeOf } from "./connector_terms_view.ts";
import type { ProbeAnswer } from "./probe_question.ts";

/** What this home knows about its connectors: the main one, and the further ones. */
interface HomeView extends ConnectorView {
  readonly profile: Profile;
  readonly more: readonly (ConnectorView & {
    readonly name: string;
    readonly reaches: readonly string[];
    /** Whether its accepted terms are valid; null for a connector of the configuration. */
    readonly terms: AnnouncedState | null;
  })[];
}

/** What this home knows about one connector. */
interface ConnectorView {
  readonly url: string;
  /** The channel whose account was asked for. */
  readonly channelId: string | null;
  readonly ours: readonly PayerChannelRow[];
  readonly answer: ProbeAnswer;
}

/** The whole status as JSON. */
export function statusDocument(home: HomeView, admin: AdminView | null): object {
  const { profile, more } = home;
  const { connector_btp, ...asked } = connectorDocument(home);
  return {
    connector_btp,
    network: profile.name,
    wire: profile.wire,
    ...asked,
    more_connectors: more.map((each) => ({
      name: each.name,
      reaches: each.reaches,
      ...each.terms && {
        terms: {
          pubkey: each.terms.pubkey,
          expires_at_s: each.terms.expiresAtS,
          refused: each.terms.refused,
        },
      },
      ...connectorDocument(each),
    })),
    admin: admin === null ? null : adminDocument(admin),
  };
}

function connectorDocument({ url, channelId, ours, answer }: ConnectorView) {
  const { account } = answer;
  return {
    connector_btp: url,
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
  };
}

/** One row for each channel of the connector, or one row for this home. */
export function statusRows(home: HomeView, admin: AdminView | null): readonly Row[] {
  if (admin === null) {
    return [home, ...home.more].map(({ url, channelId, answer }) => ({
      connector_btp: url,
      state: stateOf(answer),
      reason: answer.reason,
      channel_id: channelId,
      credited_units: answer.account?.credited ?? null,
      spent_units: answer.account?.spent ?? null,
      held_units: answer.account?.held ?? null,
    }));
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
  const { profile, more } = home;
  const { asset, wire } = profile;
  const lines: string[][] = [
    ["connector", home.url],
    ["state", stateText(home.answer)],
    ["wire", wire],
    ...accountLine(home, asset),
    ...more.flatMap((each) => [
      ["further", `${each.name}, ${each.url}`],
      ["reaches", each.reaches.join(", ") || "every address"],
      ["state", stateText(each.answer)],
      ...each.terms === null ? [] : [[
        "terms",
        each.terms.refused === null
          ? `valid until ${timeOf(each.terms.expiresAtS)}`
          : `not used: ${printableLine(each.terms.refused)}`,
      ]],
      ...accountLine(each, asset),
    ]),
  ];
  const text = [networkBanner(profile), alignedText(lines)];
  if (admin !== null) text.push("", ...adminText(admin, profile.asset, bold));
  return text.join("\n");
}

function accountLine({ answer: { account } }: ConnectorView, asset: Asset): string[][] {
  if (!account) return [];
  const free = account.credited - account.spent - account.held;
  const text = (units: bigint) => formatUnits(units, asset);
  return [[
    "account",
    `${text(account.spent)} spent of ${text(account.credited)} credited, ${
      text(free)
    } left there, ${text(account.held)} under way`,
  ]];
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
