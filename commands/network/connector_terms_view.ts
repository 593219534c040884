/**
 * The output of `crosstown connector terms` and `connector forget`.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Invocation } from "../../shell/command.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import type { FoundConnector } from "./announced_connectors.ts";
import { type AnnouncedState, announcedStates } from "../../shell/home/announced_states.ts";

/** Prints the announced terms, the accepted connectors, and the candidates of followed keys. */
export async function showConnectorTerms(
  { output }: Invocation,
  config: Config,
  found: FoundConnector | null,
  followed?: readonly FoundConnector[],
): Promise<void> {
  const { profile } = config;
  const [{ networkBanner }, accepted] = await Promise.all([
    import("../../shell/amount.ts"),
    acceptedOf(config),
  ]);
  const rows = followed?.map((each) => termsOf(each));
  await output.document(
    "connector-terms",
    {
      network: profile.name,
      announced: found?.terms == null ? null : termsOf(found),
      refused: found?.refused ?? null,
      warnings: found?.warnings ?? [],
      accepted,
      ...rows && { followed: rows },
    },
    () =>
      [
        networkBanner(profile),
        ...found === null ? [] : [foundText(found, accepted)],
        ...(found?.warnings ?? []).map((warning) => `warning: ${warning}`),
        ...followed !== undefined
          ? [followedText(followed)]
          : found === null
          ? [acceptedText(accepted)]
          : [],
      ].join("\n"),
    rows?.map(rowOf) ?? (found === null ? accepted.map(rowOf) : [rowOf(termsOf(found))]),
  );
}

interface TermsDocument {
  readonly pubkey: string;
  readonly connector_btp: string | null;
  readonly settlement_address: string | null;
  readonly reaches: readonly string[];
  readonly expires_at_s: number | null;
  readonly fingerprint: string | null;
  readonly refused: FoundConnector["refused"];
}

function termsOf({ pubkey, terms, fingerprint, refused }: FoundConnector): TermsDocument {
  return {
    pubkey,
    connector_btp: terms?.url ?? null,
    settlement_address: terms?.peerAddress ?? null,
    reaches: terms?.reaches ?? [],
    expires_at_s: terms?.expiresAtS ?? null,
    fingerprint,
    refused,
  };
}

interface AcceptedDocument {
  readonly name: string;
  readonly pubkey: string;
  readonly connector_btp: string;
  readonly settlement_address: string;
  readonly reaches: readonly string[];
  readonly expires_at_s: number;
  /** Why no new payment goes over it; null if payments may. */
  readonly reason: string | null;
}

async function acceptedOf(config: Config): Promise<readonly AcceptedDocument[]> {
  const states = await announcedStates(config);
  return (config.profile.moreConnectors ?? []).flatMap((each): AcceptedDocument[] => {
    const state: AnnouncedState | undefined = states.get(each.name);
    return state === undefined ? [] : [{
      name: each.name,
      pubkey: state.pubkey,
      connector_btp: each.url,
      settlement_address: each.peerAddress,
      reaches: each.reaches,
      expires_at_s: state.expiresAtS,
      reason: state.refused,
    }];
  });
}

function rowOf(
  { reaches, ...each }: TermsDocument | AcceptedDocument,
): Readonly<Record<string, string | number | null>> {
  const row = { reaches: reaches.join(" ") };
  if (!("refused" in each)) return { ...each, ...row };
  return { ...each, ...row, refused: each.refused?.code ?? null };
}

function foundText(
  { pubkey, terms, fingerprint, refused }: FoundConnector,
  accepted: readonly AcceptedDocument[],
): string {
  const known = accepted.find((each) => each.pubkey === pubkey);
  const use = known === undefined
    ? "no: compare the fingerprint, then run it again with --accept NAME --fingerprint DIGITS"
    : `as ${known.name}${known.reason === null ? "" : `, but ${printableLine(known.reason)}`}`;
  return alignedText([
    ["key", pubkey],
    ...terms === null ? [["terms", `refused: ${printableLine(refused?.message ?? "")}`]] : [
      ["connector", terms.url],
      ["settles to", terms.peerAddress],
      ["reaches", terms.reaches.join(", ")],
      ["valid until", timeOf(terms.expiresAtS)],
      ["fingerprint", fingerprint!],
    ],
    ["in use", use],
  ]);
}

function acceptedText(accepted: readonly AcceptedDocument[]): string {
  if (accepted.length === 0) return "No announced connector was accepted: see --pin and --followed";
  return alignedText([
    ["NAME", "CONNECTOR", "REACHES", "TERMS"],
    ...accepted.map(({ name, connector_btp, reaches, expires_at_s, reason }) => [
      name,
      connector_btp,
      reaches.join(", "),
      reason === null ? `valid until ${timeOf(expires_at_s)}` : printableLine(reason),
    ]),
  ]);
}

function followedText(found: readonly FoundConnector[]): string {
  if (found.length === 0) return "No followed key announces a connector (kind 10032) here";
  return alignedText([
    ["KEY", "CONNECTOR", "REACHES", "TERMS"],
    ...found.map(({ pubkey, terms, refused }) => [
      pubkey,
      terms?.url ?? "-",
      terms?.reaches.join(", ") ?? "-",
      refused === null
        ? "valid: pin the key and compare the fingerprint to use it"
        : `refused: ${printableLine(refused.message)}`,
    ]),
  ]);
}

/** The time as text, e.g. `2026-11-24T20:00:00Z`. */
export function timeOf(atS: number): string {
  return new Date(atS * 1_000).toISOString().replace(".000Z", "Z");
}
