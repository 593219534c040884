/**
 * The inbound pipelines of a home: relaySource → kindExtractor → eventVerifier → correlator → skillSink for documents from the relay. The
 * pipeline for a provider's paid jobs has acceptedSource instead of relaySource.
 *
 * @module
 */
import type { DeclaredPermissions } from "../base/service.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { FEEDBACK_KIND, isJobRequestKind, KINDS, resultKindOf } from "../protocols/nostr/kinds.ts";
import { splitFilter } from "../protocols/nostr/split_filter.ts";
import type { Home } from "./home.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { JudgeOptions } from "./local/judge.ts";
import type { RulesOptions } from "./local/provider_rules.ts";
import type { SkillsOptions } from "./local/skills.ts";
import type { LocalServiceSpec, Pipeline, StageSpec } from "../runtime/pipeline_spec.ts";

/** The options of the pipeline that reads the relay. */
interface RelayInboundOptions {
  readonly name: string;
  readonly role: "buyer" | "provider";
  readonly filters: readonly Filter[];
  /** Begins the names of the cursors from which reading resumes. Without it, reading starts at the filters' own `since`. */
  readonly cursor?: string;
  /** True if the pipeline ends after the stored events. */
  readonly once?: boolean;
  /** What a provider serves; null for a buyer. */
  readonly rules: RulesOptions | null;
  readonly skills: SkillSet;
  /** A provider's skill catalog. The kinds of its skills are requested instead of `filters`, from this second on. */
  readonly offers?: {
    readonly handle: ServiceHandle;
    readonly sinceS: number;
    /** The owner's tags, if requests are read only by tag. */
    readonly byTags?: readonly string[];
  };
  /** A provider's Lightning wallet, which makes invoices. */
  readonly lightning?: ServiceHandle;
}

/** Time without a document after which a provider's worker for skills ends. The next one waits for its start. A buyer's counts feedback. */
const REST_AFTER_MS = 60_000;

/** The skills of a sink, and exactly the permissions that they need. */
export interface SkillSet {
  readonly options: SkillsOptions;
  readonly permissions: DeclaredPermissions;
}

/** Starts reading the relays. */
export function startRelayInbound(home: Home, options: RelayInboundOptions): Promise<Pipeline> {
  const { profile } = home.options;
  const cursorOf = (url: string) =>
    options.cursor === undefined ? {} : { cursorName: `${options.cursor}:${profile.name}:${url}` };
  return start(home, options.name, {
    stage: "relay-source",
    options: {
      relayUrl: profile.relayUrl,
      ...cursorOf(profile.relayUrl),
      more: (profile.moreRelays ?? []).map((url) => ({ url, ...cursorOf(url) })),
      filters: options.filters.flatMap(splitFilter),
      once: options.once ?? false,
      ...(options.offers === undefined ? {} : {
        serves: {
          pubkey: home.identity.pubkey,
          sinceS: options.offers.sinceS,
          ...options.offers.byTags !== undefined && { byTags: options.offers.byTags },
        },
      }),
      // Only stored answers are requested by the ids of their jobs.
      ...(options.role === "buyer" && !options.once
        ? { answersTo: home.identity.pubkey, answersKey: home.identity.answersKey }
        : {}),
    },
  }, { ...options, offers: options.offers?.handle });
}

/** The options of the pipeline that runs a provider's paid jobs. */
interface AcceptedInboundOptions {
  readonly concurrency: number;
  /** Kinds whose skills start no process, and how many of them may run in addition. */
  readonly light: { readonly kinds: readonly number[]; readonly concurrency: number };
  readonly rules: RulesOptions;
  readonly skills: SkillSet;
  /** The provider's skill catalog. */
  readonly offers: ServiceHandle;
  /** Stores what skills produce that is too large for an event. */
  readonly blobs: ServiceHandle;
}

/** Starts running paid jobs. */
export function startAcceptedInbound(
  home: Home,
  options: AcceptedInboundOptions,
): Promise<Pipeline> {
  return start(
    home,
    "accepted",
    {
      stage: "accepted-source",
      options: { concurrency: options.concurrency, light: options.light },
    },
    { ...options, role: "provider", beside: options.light.concurrency },
  );
}

function start(
  home: Home,
  name: string,
  source: StageSpec,
  options: Pick<RelayInboundOptions, "role" | "rules" | "skills"> & {
    readonly offers?: ServiceHandle;
    readonly blobs?: ServiceHandle;
    readonly lightning?: ServiceHandle;
    /** Additional documents that may be with skills at the same time. */
    readonly beside?: number;
  },
): Promise<Pipeline> {
  const { profile, limits } = home.options;
  const { chain } = profile;
  const maxBytes = limits.eventBytes;
  const offers = options.offers === undefined ? [] : ["offers"];
  const judge: LocalServiceSpec = {
    local: "judge",
    needs: ["signer", ...offers],
    options: {
      rules: options.rules,
      asset: profile.asset,
      chain: { chainId: chain.chainId, tokenNetworkAddress: chain.tokenNetworkAddress },
    } satisfies JudgeOptions,
  };
  return home.supervisor.pipeline({
    name,
    stages: [
      source,
      { stage: "kind-extractor", options: { maxBytes } },
      { stage: "event-verifier", options: { maxBytes } },
      {
        stage: "correlator",
        options: { role: options.role, pubkey: home.identity.pubkey },
      },
      {
        stage: "skill-sink",
        ...options.role === "provider" && { restAfterMs: REST_AFTER_MS },
        options: {
          concurrency: options.skills.options.concurrency + (options.beside ?? 0),
          relay: {
            destination: profile.relay?.ilpAddress ?? "",
            terminalPubkey: profile.relay?.pubkey ?? "",
          },
          asset: profile.asset,
          permissions: options.skills.permissions,
        },
      },
    ],
    services: {
      store: home.services.store,
      signer: home.services.signer,
      relay: { local: "relay", needs: ["signer"] },
      offers: options.offers ?? null,
      blobs: options.blobs ?? null,
      lightning: options.lightning ?? null,
      judge,
      skills: {
        local: "skills",
        options: options.skills.options,
        needs: [
          "store",
          "signer",
          ...offers,
          ...(options.blobs === undefined ? [] : ["blobs"]),
          ...(options.lightning === undefined ? [] : ["lightning"]),
        ],
      },
    },
    quarantine: "store",
  });
}

/** Every kind that can answer a job: feedback, and the result kind of each registered request. */
export const RESULT_KINDS: readonly number[] = [
  FEEDBACK_KIND,
  ...[...KINDS.keys()].filter(isJobRequestKind).map(resultKindOf),
];
