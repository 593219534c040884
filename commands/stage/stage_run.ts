/**
 * Gives a stage of `crosstown stage` its options and services: from flags, and from the home if the stage needs it.
 *
 * @module
 */
import { nearest } from "../../base/config_error.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import { OWN_PRICES } from "../../home/local/provider_rules.ts";
import { formatHopFee } from "../../protocols/ilp/fee.ts";
import { kindPricesText } from "../../protocols/nostr/write_price.ts";
import connector from "../../home/local/connector.ts";
import judge from "../../home/local/judge.ts";
import intake from "../../home/local/intake.ts";
import skills from "../../home/local/skills.ts";
import { connectorOptionsOf } from "../../home/outbound.ts";
import { runStage } from "../../runtime/stdio.ts";
import { lookUp } from "../../runtime/worker_host.ts";
import { STAGES } from "../../home/workers/tables.ts";
import { createRelayService } from "../../peers/relay/open_relay_session.ts";
import type { Config } from "../../config/config.ts";
import type { correlator } from "../../stages/correlator.ts";
import type { OpenStore } from "../../store/store.ts";
import type { Log } from "../../base/log/log.ts";
import { callbackSkills } from "../../shell/home/buyer_skills.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import type { Asker } from "../../shell/home/asker.ts";
import { jobFlags } from "../job/job_flags.ts";
import { configOf } from "../../shell/home/load_config.ts";
import {
  type ConfiguredHome,
  openConfiguredHome,
  openEventSigner,
} from "../../shell/home/open_home.ts";
import { ownPlatform } from "../../shell/platform.ts";
import { hasStore, readStore } from "../../shell/home/read_store.ts";

/** The options and services of one run. */
interface StageSetUp {
  readonly options: unknown;
  readonly services: Readonly<Record<string, unknown>>;
  readonly close?: () => Promise<void>;
}

type SetUp = (invocation: Invocation, config: Config) => Promise<StageSetUp> | StageSetUp;

const NO_KEY = "0".repeat(64);

const SET_UPS: Readonly<Record<string, SetUp>> = {
  "kind-extractor": () => ({ options: {}, services: {} }),
  "event-verifier": () => ({ options: {}, services: {} }),
  "toon-encoder": ({ options }, { profile }) => ({
    options: {
      rules: options.text("rules") ?? wireOf(profile.wire).toonRules,
      priceUnitsPerByte: options.text("price") ?? String(profile.relay?.priceUnitsPerByte ?? 0n),
      kindPrices: options.text("price") === undefined
        ? kindPricesText(profile.relay?.kindPricesUnitsPerByte)
        : {},
    },
    services: {},
  }),
  "relay-source": relaySourceSetUp,
  "job-source": jobSourceSetUp,
  correlator: correlatorSetUp,
  "accepted-source": withHome((home) => ({
    options: { concurrency: 1, once: true },
    services: { store: home.store },
  })),
  "event-signer": eventSignerSetUp,
  "prepare-sink": withHome(prepareSinkSetUp),
  "skill-sink": withHome(skillSinkSetUp),
};

/** Runs the stage on the process's standard input and output. */
export async function stageRun(invocation: Invocation): Promise<number> {
  const { args, io, output, signal } = invocation;
  const name = args.required("name");
  if (!Object.hasOwn(SET_UPS, name)) {
    throw new UsageError(`there is no stage ${name}`, nearest(name, Object.keys(SET_UPS)));
  }
  const config = await configOf(invocation);
  const { options, services, close } = await SET_UPS[name](invocation, config);
  try {
    return await runStage({
      stage: await lookUp(STAGES, "stage", name),
      options,
      services,
      files: args.list("file"),
      stdin: io.stdin,
      stdout: new WritableStream({ write: (bytes) => output.bytes(bytes) }),
      output: output.mode === "json" ? "json" : "frames",
      limits: { maxDocumentBytes: config.get("limits.event_bytes") },
      log: logOf(invocation),
      signal,
    });
  } finally {
    await close?.();
  }
}

function logOf({ output }: Invocation): Log {
  return (level, msg, fields = {}) => {
    const text = Object.entries(fields).map(([key, value]) => `${key}=${value}`).join(" ");
    void output.detail(`${level}: ${msg} ${text}`);
  };
}

function withHome(
  setUp: (
    home: ConfiguredHome,
    invocation: Invocation,
    config: Config,
  ) => Promise<StageSetUp> | StageSetUp,
): SetUp {
  return async (invocation, config) => {
    const home = await openConfiguredHome(config, {
      asker: invocation,
      oneOff: true,
      onLog: logOf(invocation),
      path: invocation.io.env("PATH") ?? "",
    });
    const made = await setUp(home, invocation, config);
    return {
      ...made,
      async close() {
        await made.close?.();
        await home.stop();
      },
    };
  };
}

function relaySourceSetUp({ options }: Invocation, { profile }: Config): StageSetUp {
  const since = options.integer("since", { min: 0, max: 9_999_999_999 });
  const authors = options.list("author");
  return {
    options: {
      relayUrl: profile.relayUrl,
      more: (profile.moreRelays ?? []).map((url) => ({ url })),
      filters: [{
        kinds: kindsOf(options.required("kinds")),
        ...(authors.length === 0 ? {} : { authors }),
        ...(since === undefined ? {} : { since }),
      }],
      limit: options.integer("limit", { min: 1, max: 1_000_000 }),
      once: options.on("once"),
    },
    services: { relay: createRelayService() },
  };
}

async function jobSourceSetUp(invocation: Invocation, config: Config): Promise<StageSetUp> {
  const { options, args, io } = invocation;
  const type = options.required("type");
  const given = options.text("pubkey");
  const { files: _files, ...spec } = await jobFlags(
    { ...invocation, args: args.with("type", type) },
    config,
  );
  const pubkey = given ?? await walletKey(config, invocation);
  return {
    options: { spec: { ...spec, pubkey } },
    services: { intake: intake({}, {}, localContext(io.clock, logOf(invocation))) },
  };
}

async function walletKey(config: Config, asker: Asker): Promise<string> {
  const { signer, stop } = await openEventSigner(config, asker);
  try {
    return (await signer.identity()).pubkey;
  } finally {
    await stop();
  }
}

async function eventSignerSetUp(invocation: Invocation, config: Config): Promise<StageSetUp> {
  const { signer, stop } = await openEventSigner(config, invocation);
  return { options: {}, services: { signer }, close: stop };
}

async function correlatorSetUp({ options }: Invocation, config: Config): Promise<StageSetUp> {
  const pubkey = options.text("pubkey") ?? NO_KEY;
  const role = options.text("role") as "buyer" | "provider";
  const rules = role === "buyer" ? null : {
    pubkey,
    platform: ownPlatform(),
    prices: kindsOf(options.required("kinds")).map((kind) => ({
      kind,
      flatUnits: String(options.integer("price", { min: 0, max: 999_999_999_999 }) ?? 0),
      unitsPerKib: "0",
    })),
    asked: OWN_PRICES,
    allowBuyers: null,
  };
  const store = await hasStore(config) ? await readStore(config) : NO_JOBS;
  return {
    options: { role, pubkey },
    services: { store, judge: await judge({ rules }) },
    close: () => store === NO_JOBS ? Promise.resolve() : (store as OpenStore).close(),
  };
}

/** An empty home. */
const NO_JOBS: Parameters<typeof correlator>[1]["store"] = {
  seen: () => Promise.resolve({}),
  getJobByEvent: () => Promise.resolve(null),
  answeredJob: () => Promise.resolve(null),
  attemptByEvent: () => Promise.resolve(null),
};

async function prepareSinkSetUp(
  home: ConfiguredHome,
  invocation: Invocation,
  { profile }: Config,
): Promise<StageSetUp> {
  const { io, options } = invocation;
  const session = await connector(
    connectorOptionsOf(home, null),
    home,
    localContext(io.clock, home.log),
  );
  return {
    options: {
      write: profile.write,
      wire: profile.wire,
      hopFees: profile.hopFees?.map(formatHopFee),
      purpose: options.text("purpose") ?? "write",
      relay: {
        destination: profile.relay?.ilpAddress ?? "",
        terminalPubkey: profile.relay?.pubkey ?? "",
        priceUnitsPerByte: String(profile.relay?.priceUnitsPerByte ?? 0n),
      },
    },
    services: {
      store: home.store,
      signer: home.signer,
      connector: session,
      relayReader: home.relayReader,
    },
    close: () => session?.close() ?? Promise.resolve(),
  };
}

async function skillSinkSetUp(
  home: ConfiguredHome,
  { io }: Invocation,
  config: Config,
): Promise<StageSetUp> {
  const { profile } = config;
  const set = await callbackSkills(home, config, { io });
  const endings: (() => Promise<void>)[] = [];
  return {
    options: {
      concurrency: set.options.concurrency,
      relay: {
        destination: profile.relay?.ilpAddress ?? "",
        terminalPubkey: profile.relay?.pubkey ?? "",
      },
      permissions: set.permissions,
    },
    services: {
      store: home.store,
      skills: await skills(set.options, home, localContext(io.clock, home.log, endings)),
    },
    async close() {
      await Promise.allSettled(endings.map((work) => work()));
      await set.leave();
    },
  };
}

function localContext(clock: () => number, log: Log, endings: (() => Promise<void>)[] = []) {
  const { signal } = new AbortController();
  const atEnd = (work: () => Promise<void>) => void endings.push(work);
  return { clock, log, count: () => undefined, signal, atEnd };
}

function kindsOf(text: string): number[] {
  return text.split(",").map((each) => {
    const kind = Number(each.trim());
    if (!/^\s*\d{1,5}\s*$/.test(each) || kind > 65_535) {
      throw new UsageError(
        `--kinds must be numbers from 0 to 65535 with commas between (got ${text})`,
        "e.g. --kinds 5600,5601",
      );
    }
    return kind;
  });
}
