/**
 * A daemon's report about itself, as `up` and `status` print it.
 *
 * @module
 */
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { networkBanner } from "../../shell/amount.ts";
import type { Ready } from "./daemon_ready.ts";
import { type FurtherConnector, type PeerState, stateText } from "../../shell/live_state.ts";
import { printable } from "../../shell/output.ts";
import type { SettingsTold } from "../../shell/home/daemon_settings.ts";
import { relayClosings } from "../../shell/relay_closings.ts";

/** A reason why a running daemon cannot work, and what to do about it. */
interface Problem {
  readonly code: string;
  readonly message: string;
  readonly suggestion: string;
}

/** The status for programs. A provider counts the jobs that it provided. The mayor counts the jobs that the home bought. */
export function statusDocument(ready: Ready, problem: Problem | null = null): Ready {
  const { provided, answers: _bought, ...totals } = (ready.totals ?? {}) as Partial<Totals>;
  const { code, message, suggestion } = problem ?? {};
  const told = problem === null ? ready : { ...ready, problem: { code, message, suggestion } };
  if (ready.role !== "node" || provided === undefined) return told;
  return { ...told, totals: { ...totals, ...provided } };
}

/** The status for people: plain fields, then the store's totals. The pipelines' counters are only in the JSON document. */
export function statusText(ready: Ready, asset: Asset): string {
  const plain = Object.entries(ready)
    .filter(([key, value]) =>
      value !== null && typeof value !== "object" && !FOR_PROGRAMS.includes(key) &&
      !key.endsWith("_units")
    );
  const closings = relayClosings(ready.pipelines);
  const lines = [
    ...plain,
    ...limitsText(ready, asset),
    ...liveText(ready.live),
    ...furtherText(ready.more_relays),
    ...connectorsText(ready.more_connectors),
    ...settingsText(ready.settings as SettingsTold | undefined),
    ...problemText(ready.problem as Problem | undefined),
    ...totalsText(ready.totals as Totals | undefined, asset),
    ...unusedSkills(ready.unused_skills),
    ...closings === null ? [] : [["closings", `${closings}; see 'crosstown logs'`] as const],
  ].map(([key, value]) => `${key.padEnd(12)} ${value}`);
  const { network, testnet } = ready;
  return typeof network === "string" && typeof testnet === "boolean"
    ? [networkBanner({ name: network, testnet }), ...lines].join("\n")
    : lines.join("\n");
}

/** Fields that the text for people leaves out. */
const FOR_PROGRAMS = ["schema", "testnet", "relay_pubkey"];

function problemText(problem: Problem | undefined): readonly (readonly [string, string])[] {
  if (problem === undefined) return [];
  return [["problem", printable(problem.message)], ["what to do", printable(problem.suggestion)]];
}

/** The daemon's limits in whole tokens. The JSON document has them in base units. */
function limitsText(ready: Ready, asset: Asset): readonly (readonly [string, string])[] {
  const limits = [
    ["job limit", ready.job_limit_units, ""],
    ["day limit", ready.provider_day_limit_units, " to one provider"],
  ] as const;
  return limits.flatMap(([name, units, after]) =>
    typeof units === "string" ? [[name, `${formatUnits(BigInt(units), asset)}${after}`]] : []
  );
}

/** The current state of the relay, the connector and the chain. */
function liveText(live: unknown): readonly (readonly [string, string])[] {
  const peers = Object.entries((live ?? {}) as Record<string, PeerState | null>);
  return peers.flatMap(([name, state]) => state === null ? [] : [[name, stateText(state)]]);
}

/** The current state of the further relays. */
function furtherText(relays: unknown): readonly (readonly [string, string])[] {
  const told = Array.isArray(relays) ? relays as (PeerState & { relay_url: string })[] : [];
  return told.map((relay) => ["also reads", `${relay.relay_url} ${stateText(relay)}`]);
}

/** The current state of the further connectors. */
function connectorsText(connectors: unknown): readonly (readonly [string, string])[] {
  const told = Array.isArray(connectors) ? connectors as FurtherConnector[] : [];
  return told.map((each) => [
    "also pays",
    `over ${each.name}, ${each.connector_btp} ${stateText(each)}`,
  ]);
}

/** Changes of `crosstown.toml` that the daemon does not use. */
function settingsText(settings: SettingsTold | undefined): readonly (readonly [string, string])[] {
  if (settings === undefined) return [];
  const { restart, problem } = settings;
  return [
    ...problemText(problem ?? undefined),
    ...restart.length === 0
      ? []
      : [["restart for", `changed settings ${restart.map(printable).join(", ")}`] as const],
  ];
}

/** The skills that a provider found in its folders and does not use, and why. */
function unusedSkills(found: unknown): readonly (readonly [string, string])[] {
  const problems = Array.isArray(found) ? found as { folder: string; message: string }[] : [];
  return problems.map(({ folder, message }) => ["not used", `${folder}: ${message}`]);
}

/** The store's totals as they come over the control socket, where each bigint is a decimal string. */
interface Totals {
  readonly jobs: Readonly<Record<string, number>>;
  readonly provided: {
    readonly jobs: Readonly<Record<string, number>>;
    readonly spentUnits: string;
  };
  readonly earnedUnits: string;
  readonly spentUnits: string;
  readonly openOutgoing: number;
  readonly answers?: Readonly<Record<string, number>>;
}

function totalsText(
  totals: Totals | undefined,
  asset: Asset,
): readonly (readonly [string, string])[] {
  if (totals === undefined) return [];
  const jobs = Object.entries(totals.jobs).filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`).join(", ");
  const answers = Object.entries(totals.answers ?? {})
    .map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  return [
    ["jobs", jobs === "" ? "none yet" : jobs],
    ["earned", formatUnits(BigInt(totals.earnedUnits), asset)],
    ["spent", formatUnits(BigInt(totals.spentUnits), asset)],
    ...(totals.openOutgoing === 0
      ? []
      : [["in doubt", `${totals.openOutgoing} payments without an answer yet`] as const]),
    ...(answers === "" ? [] : [["also came", answers] as const]),
  ];
}
