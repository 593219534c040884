/**
 * What a provider's announcement says in addition to its prices: its machine, its build engines, how it is paid, and its queue. Every field
 * may be missing, because other programs and earlier versions do not write them.
 *
 * ```text
 * ["cpu","8"] ["memory","17179869184"] ["disk","107374182400"]   bytes; of the whole machine
 * ["engine","podman"]                     what its skills build images with
 * ["mode","upfront"]                      how jobs are paid
 * ["mode","free","5600"]                  the same, of a mode that holds only for some kinds
 * ["lightning","12000"]                   the price of a job over Lightning, in thousandths of a satoshi
 * ["run_limit","3600","5601","5602"]      the longest run of these kinds, in seconds
 * ["encryption","nip44"]                  requests that are encrypted in this way are read
 * ["base","debian_12.linux_arm64"]        a base image that is here (docs/image_builds.md)
 * ["quotes","ilp"]                        unpaid requests in packets of amount 0 get a quote
 * ["private","nip59"]                     it accepts requests in gift wraps, and answers in them
 * ["limit","request_bytes","32767"]       the largest requests and results
 * ["limit","input_bytes","134217728"]     the largest input by reference; of chunks, all together
 * ["queue","3","64"]                      jobs that wait now, and the number of places
 * ["benchmark",...]                       benchmark figures of its machine: see `benchmark_tag.ts`
 * ["relay","wss://relay.example"] ["version","0.9.0"]
 * ```
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { isJobRequestKind } from "../protocols/nostr/kinds.ts";
import type { Benchmark } from "../skills/benchmark.ts";
import { benchmarkTag, readBenchmarkTag } from "./benchmark_tag.ts";

/** The resources of a machine. Null if its provider does not state them. */
interface Machine {
  /** Processors. */
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  /** Free space at the time of the announcement. */
  readonly diskBytes: number | null;
}

/** What an announcement says about its provider. It survives JSON and a structured clone. */
export interface Offer extends Machine {
  /** The build engines in lower case, e.g. `docker`, `podman`. */
  readonly engines: readonly string[];
  /** The payment modes, `upfront`, `free`... Empty if it names none. */
  readonly modes: readonly string[];
  /** The kinds of those modes that do not hold for all kinds. */
  readonly modeKinds: readonly { readonly mode: string; readonly kinds: readonly number[] }[];
  /** The price of a job over Lightning, in thousandths of a satoshi. Null if it does not say. */
  readonly lightningMsats: number | null;
  /** The longest runs. */
  readonly runLimits: readonly { readonly seconds: number; readonly kinds: readonly number[] }[];
  /** How requests may be encrypted beside private jobs, e.g. `nip44`. */
  readonly encryption: readonly string[];
  /** Base images of builds that are on its machine; there may be more. */
  readonly bases: readonly string[];
  /** Whether an unpaid request is answered with a quote. */
  readonly quotes: boolean;
  /** Whether it accepts private jobs. */
  readonly privateJobs: boolean;
  /** Limits by name, e.g. `request_bytes`. */
  readonly limits: Readonly<Record<string, number>>;
  /** Jobs that wait, and the number of places. Null if it does not say. */
  readonly queue: { readonly waiting: number; readonly places: number } | null;
  /** The benchmark figures of its machine. Null if it does not say. */
  readonly benchmark: Benchmark | null;
  /** The relays that it reads. */
  readonly relays: readonly string[];
  /** The version of its program. */
  readonly version: string | null;
}

/** The name of the limit for the size of an image's archive in bytes, up to which the job's price includes the storage. */
export const IMAGE_LIMIT = "image_bytes";

/** The name of the limit for the size of a stored input in bytes. */
export const INPUT_LIMIT = "input_bytes";

/** An offer without any statement. */
export const NO_OFFER: Offer = {
  cpus: null,
  memoryBytes: null,
  diskBytes: null,
  engines: [],
  modes: [],
  modeKinds: [],
  lightningMsats: null,
  runLimits: [],
  encryption: [],
  bases: [],
  quotes: false,
  privateJobs: false,
  limits: {},
  queue: null,
  benchmark: null,
  relays: [],
  version: null,
};

/** How jobs of a kind are paid; null for any kind. */
export function modesOfKind(
  { modes, modeKinds }: Pick<Offer, "modes" | "modeKinds">,
  kind: number | null,
): string[] {
  return modes.filter((mode) => {
    const only = modeKinds.find((each) => each.mode === mode);
    return kind === null || only === undefined || only.kinds.includes(kind);
  });
}

/** The longest run of a kind in seconds. Null if the offer does not say. */
export function runLimitOf({ runLimits }: Pick<Offer, "runLimits">, kind: number): number | null {
  return runLimits.find(({ kinds }) => kinds.includes(kind))?.seconds ?? null;
}

/** Whether it delivers jobs of a kind before it is paid. That needs quotes, because the announced price names no key. */
export function sellsOnDelivery(offer: Offer = NO_OFFER, kind: number | null = null): boolean {
  return offer.quotes && modesOfKind(offer, kind).includes("on-delivery");
}

/** The most entries that are read of each list and of the limits. */
const MAX_EACH = 16;

/** The tags of an offer. */
export function offerTags(offer: Offer): string[][] {
  const one = (name: string, value: string | number | null) =>
    value === null ? [] : [[name, String(value)]];
  return [
    ...one("cpu", offer.cpus),
    ...one("memory", offer.memoryBytes),
    ...one("disk", offer.diskBytes),
    ...offer.engines.map((engine) => ["engine", engine]),
    ...offer.modes.map((mode) => [
      ...["mode", mode],
      ...(offer.modeKinds.find((each) => each.mode === mode)?.kinds ?? []).map(String),
    ]),
    ...one("lightning", offer.lightningMsats),
    ...offer.runLimits.map((
      { seconds, kinds },
    ) => ["run_limit", ...[seconds, ...kinds].map(String)]),
    ...offer.encryption.map((name) => ["encryption", name]),
    ...offer.bases.map((name) => ["base", name]),
    ...(offer.quotes ? [["quotes", "ilp"]] : []),
    ...(offer.privateJobs ? [["private", "nip59"]] : []),
    ...Object.entries(offer.limits).map(([name, value]) => ["limit", name, String(value)]),
    ...(offer.queue === null
      ? []
      : [["queue", String(offer.queue.waiting), String(offer.queue.places)]]),
    ...(offer.benchmark === null ? [] : [benchmarkTag(offer.benchmark)]),
    ...offer.relays.map((url) => ["relay", url]),
    ...one("version", offer.version),
  ];
}

/** Reads the tags of an offer. Invalid values are left out, so an offer never makes an announcement unreadable. */
export function readOffer({ tags }: Pick<NostrEvent, "tags">): Offer {
  const named = (name: string) => tags.filter((tag) => tag[0] === name);
  const count = (name: string): number | null => {
    const found = named(name);
    return found.length === 1 ? wholeOf(found[0][1]) : null;
  };
  const words = (name: string, pattern: RegExp) =>
    named(name).map((tag) => tag[1] ?? "").filter((text) => pattern.test(text)).slice(0, MAX_EACH);
  const limits = named("limit").flatMap(([, name = "", text]) => {
    const value = wholeOf(text);
    return value === null || !/^[a-z][a-z_]{0,31}$/.test(name) ? [] : [[name, value] as const];
  });
  const [queue, another] = named("queue");
  const [waiting, places] = [wholeOf(queue?.[1]), wholeOf(queue?.[2])];
  const [benchmark, second] = named("benchmark");
  const [version = null] = words("version", /^[\w.+-]{1,40}$/);
  return {
    cpus: count("cpu"),
    memoryBytes: count("memory"),
    diskBytes: count("disk"),
    engines: words("engine", WORD),
    modes: words("mode", WORD),
    modeKinds: named("mode").filter(([, mode = "", ...kinds]) =>
      WORD.test(mode) && kinds.length > 0
    )
      .slice(0, MAX_EACH).map(([, mode, ...kinds]) => ({ mode, kinds: kindsOf(kinds) })),
    lightningMsats: count("lightning"),
    runLimits: named("run_limit").flatMap(([, text, ...kinds]) => {
      const seconds = wholeOf(text);
      return seconds === null ? [] : [{ seconds, kinds: kindsOf(kinds) }];
    }).slice(0, MAX_EACH),
    encryption: words("encryption", WORD),
    bases: words("base", /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
    quotes: named("quotes").some((tag) => tag[1] === "ilp"),
    privateJobs: named("private").some((tag) => tag[1] === "nip59"),
    limits: Object.fromEntries(limits.slice(0, MAX_EACH)),
    queue: another !== undefined || waiting === null || places === null
      ? null
      : { waiting, places },
    benchmark: second === undefined ? readBenchmarkTag(benchmark) : null,
    relays: words("relay", /^wss?:\/\/[\x21-\x7e]{1,200}$/),
    version,
  };
}

/** Kinds of requests in a tag; others are left out. */
function kindsOf(texts: readonly string[]): number[] {
  return texts.slice(0, MAX_KINDS).map((text) => wholeOf(text) ?? 0).filter(isJobRequestKind);
}

/** The most kinds that are read of a tag. */
const MAX_KINDS = 256;

const WORD = /^[a-z0-9][a-z0-9.+-]{0,39}$/;

function wholeOf(text: string | undefined): number | null {
  return text !== undefined && /^(?:0|[1-9][0-9]{0,15})$/.test(text) &&
      Number(text) <= Number.MAX_SAFE_INTEGER
    ? Number(text)
    : null;
}
