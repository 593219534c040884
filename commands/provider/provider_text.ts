/**
 * The text output of `crosstown provider`.
 *
 * @module
 */
import { accessText } from "../../shell/kind_access_text.ts";
import { tokenPriceText } from "../../shell/token_price_text.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { RelayList } from "../../protocols/nostr/relay_list.ts";
import { fittedTable } from "../../shell/fitted_text.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import { schemaRows, type ShownSchema } from "./shown_schemas.ts";
import { sandboxFor, type ShownPrice, type ShownProvider, unitsOf } from "./provider_view.ts";

/** The job types of a provider. A kind without a name is printed as its number. */
export function kindsOf({ prices, unpriced }: ShownProvider): string[] {
  return [...prices.map(({ kind, type }) => type ?? String(kind)), ...unpriced.map(String)];
}

/** A table with one provider on each line. */
export function listText(
  providers: readonly ShownProvider[],
  kind: number | null,
  asset: Asset,
  nowMs: number,
  width: number,
): string {
  if (providers.length === 0) return "nobody";
  const rows = providers.map((each) => {
    return [
      each.pubkey.slice(0, 12),
      printableLine(each.name).slice(0, 20),
      each.state,
      unitsText(each, kind, asset),
      printableLine(each.platform ?? "any"),
      machineText(each),
      queueText(each),
      printableLine(sandboxFor(each, kind) ?? "?").slice(0, 24),
      historyText(each),
      heardText(each, nowMs),
      printableLine(servesText(each)).slice(0, 60),
    ];
  });
  const table = fittedTable(
    [
      [
        "KEY",
        "NAME",
        "STATE",
        "PRICE",
        "PLATFORM",
        "MACHINE",
        "QUEUE",
        "SANDBOX",
        "OWN JOBS",
        "HEARD",
        "SERVES",
      ],
      ...rows,
    ],
    width,
    ["MACHINE", "SANDBOX", "OWN JOBS", "QUEUE", "HEARD", "PLATFORM", "NAME"],
  );
  return providers.some(({ prices }) => prices.some(isRestricted)) ? `${table}\n${MARKED}` : table;
}

/** The legend of the mark in {@link servesText}. */
const MARKED =
  "* runs outside of the sandbox, or is sold only to named buyers: 'crosstown provider show KEY' says which";

/** The job types. Those that run outside of the sandbox, or that not everyone may buy, have a mark. */
function servesText({ prices, unpriced }: ShownProvider): string {
  return [
    ...prices.map((price) => `${price.type ?? price.kind}${isRestricted(price) ? "*" : ""}`),
    ...unpriced,
  ].join(" ");
}

function isRestricted({ unsandboxed, named_buyers }: ShownPrice): boolean {
  return unsandboxed || named_buyers;
}

/** The price of a kind, or the lowest price if no kind is named. */
export function unitsText(provider: ShownProvider, kind: number | null, asset: Asset): string {
  const units = unitsOf(provider, kind);
  return units === null ? "?" : `${kind === null ? "from " : ""}${formatUnits(units, asset)}`;
}

function machineText({ offer: { cpus, memory_bytes: memory } }: ShownProvider): string {
  const parts = [
    ...(cpus === null ? [] : [`${cpus} cpu`]),
    ...(memory === null ? [] : [`${gib(memory)} GiB`]),
  ];
  return parts.join(" ") || "?";
}

/** The provider's own figures. Nobody else measured them. */
function benchmarkRows({ benchmark }: ShownProvider["offer"]): string[][] {
  if (benchmark === null) return [];
  const { measured_at, cpu_bytes_s, cpus_bytes_s, disk_bytes_s, sandbox_ms } = benchmark;
  const rate = (name: string, bytesS: number | null) =>
    bytesS === null ? [] : [`${name} ${(bytesS / 1e6).toFixed(0)} MB/s`];
  const figures = [
    ...rate("SHA-256 on one processor", cpu_bytes_s),
    ...rate("on all", cpus_bytes_s),
    ...rate("disk", disk_bytes_s),
    ...(sandbox_ms === null ? [] : [`empty job ${sandbox_ms} ms`]),
  ];
  return figures.length === 0
    ? []
    : [["says it is", `${figures.join(", ")} (${measured_at.slice(0, 10)})`]];
}

function queueText({ offer: { queue } }: ShownProvider): string {
  return queue === null ? "?" : `${queue.waiting}/${queue.places}`;
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

/** All facts of one provider. */
export function showText(
  provider: ShownProvider & {
    readonly relay_list: RelayList | null;
    readonly schemas: readonly ShownSchema[];
  },
  asset: Asset,
  nowMs: number,
): string {
  const {
    pubkey,
    name,
    about,
    state,
    platform,
    sandbox,
    builds,
    tags,
    ilp_address,
    prices,
    offer,
  } = provider;
  const { history } = provider;
  return alignedText([
    ["key", pubkey],
    ["name", printableLine(name)],
    ...(about === "" ? [] : [["about", printableLine(about).slice(0, 400)]]),
    ["state", `${state}, heard ${heardText(provider, nowMs)}`],
    ["platform", printableLine(platform ?? "any")],
    ["sandbox", printableLine(sandbox ?? "it does not say")],
    ...(builds.length === 0 ? [] : [["images", printableLine(imagesText(builds))]]),
    ["machine", machineText(provider)],
    ...benchmarkRows(offer),
    ...(offer.disk_bytes === null ? [] : [["disk", `${gib(offer.disk_bytes)} GiB free`]]),
    ...(offer.engines.length === 0 ? [] : [["engines", printableLine(offer.engines.join(" "))]]),
    ["payment", printableLine(offer.payment_modes.join(" ")) || "it does not say"],
    ...Object.entries(offer.limits).map(([name, most]) => [`most ${name}`, String(most)]),
    ["queue", queueText(provider)],
    ...(offer.relays.length === 0 ? [] : [["relays", printableLine(offer.relays.join(" "))]]),
    ...listRows(provider.relay_list),
    ...(offer.version === null ? [] : [["version", printableLine(offer.version)]]),
    ["tags", printableLine(tags.join(" ")) || "none"],
    ["paid at", printableLine(ilp_address ?? "nowhere: it can only be asked for free jobs")],
    ...(offer.lightning_msats === null
      ? []
      : [["Lightning", `${offer.lightning_msats} msats a job`]]),
    ...(offer.encryption.length === 0
      ? []
      : [["encryption", printableLine(offer.encryption.join(" "))]]),
    ...(offer.cached_bases.length === 0
      ? []
      : [["base images", printableLine(offer.cached_bases.join(" "))]]),
    ...prices.map(({ kind, type, flat_units, units_per_kib, tokens, run_limit_s, ...access }) => [
      type ?? `kind ${kind}`,
      `${formatUnits(flat_units, asset)}${
        units_per_kib === 0n ? "" : ` and ${formatUnits(units_per_kib, asset)} a KiB`
      }${tokenPriceText(tokens, (units) => formatUnits(units, asset))} (kind ${kind})${
        modesText(access.payment_modes, offer.payment_modes)
      }${run_limit_s === null ? "" : `, at most ${run_limit_s} s`}${accessText(access)}`,
    ]),
    ...schemaRows(provider.schemas),
    [
      "own jobs",
      `${historyText(provider)}${
        history.median_ms === null
          ? ""
          : `, half of them within ${(history.median_ms / 1_000).toFixed(1)} s`
      }`,
    ],
  ]);
}

/** The modes of a kind, if they are not those of the provider. */
function modesText(modes: readonly string[], all: readonly string[]): string {
  return modes.length === all.length ? "" : `, paid ${printableLine(modes.join(" ")) || "?"}`;
}

/** The provider's own list of relays. */
function listRows(list: RelayList | null): string[][] {
  if (list === null) return [];
  const of = (urls: readonly string[]) => printableLine(urls.join(" ")) || "none";
  return [["writes to", of(list.write)], ["reads", of(list.read)]];
}

function historyText({ history: { jobs, succeeded } }: ShownProvider): string {
  return jobs === 0 ? "none" : `${succeeded}/${jobs} well`;
}

function heardText({ heard_at }: ShownProvider, nowMs: number): string {
  const s = Math.max(0, Math.round((nowMs - Date.parse(heard_at)) / 1_000));
  return s < 120
    ? `${s} s ago`
    : s < 7_200
    ? `${Math.round(s / 60)} min ago`
    : `${Math.round(s / 3_600)} h ago`;
}

/** The images that it builds, as text for people. */
export function imagesText(builds: ShownProvider["builds"]): string {
  return builds.map(({ platform, emulated }) => `${platform}${emulated ? " (emulated)" : ""}`)
    .join(", ");
}
