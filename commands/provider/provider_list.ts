/**
 * Asks the relay for providers, in a worker whose only permission is the relay's host, and prints them.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { Config } from "../../config/config.ts";
import { relaysToRead } from "../../config/more_relays.ts";
import { createSupervisor, type Supervisor } from "../../home/workers/supervisor.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import { kindOfType } from "../../protocols/nostr/kinds.ts";
import { parseRequirements, type Requirement, sizeOf } from "../../market/requirement.ts";
import { type ShownSchema, shownSchemas } from "./shown_schemas.ts";
import type { RelayList } from "../../protocols/nostr/relay_list.ts";
import type { RelayAnswer } from "../../market/relays_together.ts";
import { failedJob, type Standing, standingsOf, withKeptPrices } from "../../market/standing.ts";
import { contradictionsOf, countedByAnswers } from "../../market/verification_state.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { bannerOf } from "../../shell/home/money_banner.ts";
import { readStore, storeIsThere } from "../../shell/home/read_store.ts";
import { nearReviews } from "../../shell/home/near_reviews.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { printableLine } from "../../shell/output.ts";
import {
  type Choice,
  chosenProviders,
  offerText,
  providerChanges,
  type ShownProvider,
  shownProvider,
  unitsOf,
} from "./provider_view.ts";
import { kindsOf, listText, unitsText } from "./provider_text.ts";

/** `provider list`. Exits with 0 even if no provider fits. */
export async function providerList(invocation: Invocation): Promise<void> {
  const { output, options } = invocation;
  const config = await configOf(invocation);
  const choice = choiceOf(invocation, config.profile.asset);
  const bytes = options.integer("bytes", { min: 0, max: 1_048_576 })!;
  const { providers, answers } = await knownProviders(
    invocation,
    config,
    choice.kind,
    null,
    bytes,
  );
  const shown = chosenProviders(providers, choice);
  const { asset } = config.profile;
  await output.document(
    "provider-list",
    {
      relay_url: config.profile.relayUrl,
      relays: answers.map(({ relayUrl, state, reason }) => ({
        relay_url: relayUrl,
        state,
        reason,
      })),
      request_bytes: bytes,
      providers: shown,
    },
    () => {
      const others = providers.length - shown.length;
      const left = others === 0 ? "" : `\n${others} others do not fit`;
      return `${bannerOf(config)}\n${
        listText(shown, choice.kind, asset, invocation.io.clock(), output.width)
      }${left}${missingText(answers)}`;
    },
    shown.map((each) => ({
      pubkey: each.pubkey,
      name: each.name,
      state: each.state,
      platform: each.platform,
      cpus: each.offer.cpus,
      memory_bytes: each.offer.memory_bytes,
      waiting: each.offer.queue?.waiting ?? null,
      sandbox: each.sandbox,
      kinds: kindsOf(each).join(" "),
      price_units: unitsOf(each, choice.kind),
      heard_at: each.heard_at,
      jobs: each.history.jobs,
      succeeded: each.history.succeeded,
    })),
  );
}

/**
 * `provider watch`: prints a line for each provider that fits now, then one for each provider that appears, changes its offer or goes,
 * until the command is interrupted. A repeated heartbeat is not a change.
 */
export async function providerWatch(invocation: Invocation): Promise<void> {
  const { output, options, io, signal } = invocation;
  const config = await configOf(invocation);
  const { asset } = config.profile;
  const choice = choiceOf(invocation, asset);
  const bytes = options.integer("bytes", { min: 0, max: 1_048_576 })!;
  const everyMs = options.integer("every", { min: 1, max: 3_600 })! * 1_000;
  let known = new Map<string, { readonly text: string; readonly provider: ShownProvider }>();
  let told = "";
  while (!signal.aborted) {
    const { providers: found, answers } = await knownProviders(
      invocation,
      config,
      choice.kind,
      null,
      bytes,
    );
    const missing = missingText(answers).trim();
    if (missing !== "" && missing !== told) await output.warn(missing);
    told = missing;
    const fresh = new Map(
      chosenProviders(found, choice).map((provider) =>
        [provider.pubkey, { text: offerText(provider), provider }] as const
      ),
    );
    for (const { change, provider } of providerChanges(known, fresh)) {
      const at = new Date(io.clock()).toISOString();
      if (output.mode !== "text") {
        await output.documentLine("provider-change", { at, change, provider });
      } else {
        await output.line(
          `${at} ${change} ${provider.pubkey.slice(0, 12)} ${
            printableLine(provider.name).slice(0, 20)
          } ${unitsText(provider, choice.kind, asset)}`,
        );
      }
    }
    known = fresh;
    await pause(everyMs, signal);
  }
}

/** A line for each relay that did not answer; nothing if all did. */
export function missingText(answers: readonly RelayAnswer[]): string {
  return answers.filter(({ state }) => state !== "answered")
    .map(({ relayUrl, state, reason }) =>
      `\n${relayUrl} is not in this: ${state}${reason === null ? "" : `, ${printableLine(reason)}`}`
    ).join("");
}

function choiceOf({ options }: Invocation, asset: Asset): Choice {
  const type = options.text("type");
  const named = options.integer("kind", { min: 0, max: 65_535 });
  const kind = named ?? (type === undefined ? undefined : kindOfType(type));
  if (type !== undefined && kind === undefined) {
    throw new UsageError(`there is no job type ${type}`, "name its kind with --kind");
  }
  return {
    kind: kind ?? null,
    tags: options.list("tag"),
    platform: options.text("platform") ?? null,
    sandboxed: options.on("sandboxed"),
    requirements: requirementsOf(options),
    maxUnits: options.amount("maxPrice", asset) ?? null,
    sort: options.text("sort") as Choice["sort"],
    all: options.on("all"),
  };
}

/** Reads each filter as the requirement of the same name in `job submit --require`. */
function requirementsOf(options: Invocation["options"]): Requirement[] {
  const word = (field: "arch" | "engine" | "tier" | "mode") => {
    const value = options.text(field);
    return value === undefined ? [] : parseRequirements(`${field}=${value}`);
  };
  const size = (field: "cpu" | "memory" | "disk" | "speed", name: string): Requirement[] => {
    const value = options.text(name);
    return value === undefined ? [] : [{ field, least: sizeOf(value) }];
  };
  return [
    ...word("arch"),
    ...word("engine"),
    ...word("tier"),
    ...word("mode"),
    ...size("cpu", "minCpus"),
    ...size("memory", "minMemory"),
    ...size("disk", "minDisk"),
    ...size("speed", "minSpeed"),
  ];
}

export async function keyOf(text: string): Promise<string> {
  if (/^[0-9a-f]{4,64}$/.test(text)) return text;
  if (text.startsWith("npub1")) {
    const { decode } = await import("nostr-tools/nip19");
    try {
      const { type, data } = decode(text);
      if (type === "npub") return data;
    } catch { /* Told below. */ }
  }
  throw new UsageError(
    `a provider is named by its public key (got ${
      text.startsWith("nsec") ? "a secret key" : text.slice(0, 70)
    })`,
    "give an npub, or 4 to 64 hex digits",
  );
}

/** The answers of relays. */
export interface Told {
  readonly providers: ShownProvider[];
  readonly answers: readonly RelayAnswer[];
  /** The relays of the named provider; null if none was named, or if it published no list. */
  readonly list: RelayList | null;
  /** The schemas of the named provider. Empty if none was named. */
  readonly schemas: readonly ShownSchema[];
}

/** Asks relays for providers, by default all relays of the home. With a provider's whole key, also asks for its list of relays. */
export async function knownProviders(
  { io }: Invocation,
  config: Config,
  kind: number | null,
  provider: string | null,
  bytes: number,
  relays = relaysToRead(config.profile),
): Promise<Told> {
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const [reader, standings] = await Promise.all([
      supervisor.service("relay-reader-anonymous", relays),
      ownStandings(config, supervisor),
    ]);
    const client = reader.client();
    const [found, list] = await Promise.all([
      client.announcements(kind === null ? [] : [kind], provider),
      provider === null
        ? null // A relay may refuse this kind and still tell the offer.
        : client.relayList(provider).catch(() => null),
    ]);
    return {
      providers: found.map((one) => shownProvider(one, standings, { bytes, nowMs: io.clock() })),
      answers: await client.answers(),
      list,
      schemas: provider === null ? [] : found.flatMap(shownSchemas),
    };
  } finally {
    await supervisor.stop(0);
  }
}

/** The most jobs that are read as history. */
export const MAX_JOBS = 5_000;

async function ownStandings(
  config: Config,
  supervisor: Pick<Supervisor, "service">,
): Promise<ReadonlyMap<string, Standing>> {
  const nowMs = Date.now();
  if (!await storeIsThere(config)) {
    return standingsOf([], nowMs, (await nearReviews(config, null, [], nowMs)).reviews);
  }
  await using store = await readStore(config);
  const jobs = await store.listJobs({ role: "buyer", limit: MAX_JOBS });
  const open = async () => (await supervisor.service("market")).client();
  const counted = countedByAnswers(jobs, await contradictionsOf(store, open));
  const failed = (await store.failedAttempts(MAX_JOBS)).map(failedJob);
  const { reviews } = await nearReviews(config, null, jobs, nowMs);
  const priced = withKeptPrices(counted, await store.quotedPrices(null, MAX_JOBS));
  return standingsOf([...priced, ...failed], nowMs, reviews);
}
