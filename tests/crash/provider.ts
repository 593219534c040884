/** A provider of `echo` as one process: paid over its connector session, runs jobs, publishes results. */
import { blobsOf } from "../../blobs/blob_reference.ts";
import { untilGoesOn } from "../../base/pausing.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { acceptJob } from "../../market/accept_job.ts";
import type { AdmissionRules } from "../../market/admission.ts";
import { deliverResult } from "../../market/deliver_result.ts";
import { jobLogTerminal } from "../../market/logs/job_log_terminal.ts";
import { turnTerminal } from "../../market/turn_terminal.ts";
import { meterTerminal } from "../../market/meter_terminal.ts";
import { quoting } from "../../market/quotes/quoting.ts";
import { createJudge } from "../../market/judge.ts";
import { createSkillRunner } from "../../market/skill_runner.ts";
import { echo } from "../../skills/builtin/echo.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";
import type { BuiltinSkill } from "../../skills/skill.ts";
import { acceptedSource } from "../../stages/accepted_source.ts";
import { correlator } from "../../stages/correlator.ts";
import { eventVerifier } from "../../stages/event_verifier.ts";
import { kindExtractor } from "../../stages/kind_extractor.ts";
import { relaySource } from "../../stages/relay_source.ts";
import { skillSink } from "../../stages/skill_sink.ts";
import type { StageContext } from "../../stages/stage.ts";
import { largeResult, openBlobs } from "./blobs.ts";
import { openHome } from "./home.ts";
import {
  BLOB_UNITS_PER_MIB,
  JOB_FLAT_UNITS,
  keyOf,
  METERED,
  PRINTED,
  QUOTE_TERMS,
  RELAY_ADDRESS,
} from "./plan.ts";
import { openParty, until } from "./process.ts";
import { type Row, runStages } from "./run_stages.ts";

const party = await openParty();
const { folder, store, signer, clock } = party;
const pubkey = publicKeyOf(keyOf("provider"));
const rules: AdmissionRules = {
  pubkey,
  prices: [{
    kind: 5600,
    flatUnits: JOB_FLAT_UNITS,
    unitsPerKib: 1_024n,
    increment: METERED.increment,
  }],
  platform: "linux/amd64",
  allowBuyers: null,
};
const verifier = await createVerifier();
const jobs = acceptJob({
  rules: () => rules,
  // A buyer that has paid before, so that its limit of open debts does not matter here.
  store: {
    getJobByEvent: (eventId, role) => store.getJobByEvent(eventId, role),
    readTogether: (...asked) => store.readTogether(...asked),
    placesTaken: (eventIds, limit, buyer) => store.placesTaken(eventIds, limit, buyer),
    sealedDebts: () => Promise.resolve({ waiting: 0, overdue: 0, paid: 1 }),
  },
  signer,
  quoting: quoting(QUOTE_TERMS, { pubkey, signer, clock }),
  verifier,
  capacity: 1_000,
  clock,
});
const deps = { pubkey, store, signer, verifier, clock };
const terminal = turnTerminal(
  meterTerminal(jobLogTerminal(deliverResult(jobs, deps), deps), deps),
  deps,
);
const home = await openHome(party, "provider", terminal);

/** A metered job works so long at a time, and looks whether it is paused. */
const WORK_MS = 50;
/** How long one that is paid by output takes for a part of it. */
const STEP_MS = 5;

/** Each run writes a line that no crash removes. */
const recorded: BuiltinSkill = {
  ...echo,
  async run(request, context) {
    const line = JSON.stringify({ jobId: request.jobId, attempt: request.attempt });
    Deno.writeTextFileSync(`${party.place.root}/runs.jsonl`, `${line}\n`, { append: true });
    const [input] = blobsOf(request.event);
    if (input !== undefined) {
      const { path } = await context.blobs!.fetch(input, { maxBytes: 1 << 20 });
      const content = largeResult(await Deno.readFile(path));
      return { status: "success", content, durationMs: 1 };
    }
    const meter = await store.meterOf(request.event.id, "provider");
    const isTimed = meter !== null && meter.kib === 0;
    for (let leftMs = isTimed ? METERED.runMs : 0; leftMs > 0;) {
      await new Promise((resolve) => setTimeout(resolve, WORK_MS));
      if (context.pausing?.isPaused !== true) leftMs -= WORK_MS;
    }
    const { outputBytes, stepBytes } = PRINTED;
    for (let at = meter !== null && !isTimed ? 0 : outputBytes; at < outputBytes; at += stepBytes) {
      context.output(new TextEncoder().encode(`${at}`.padEnd(stepBytes)));
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      await untilGoesOn(context);
    }
    return await echo.run(request, context);
  },
};
const blobs = await openBlobs(party, "provider");
const none = { git: null, sh: null, bwrap: null, deno: null, path: "" };
const host = createSkillHost({
  registry: createSkillRegistry({ approvals: null, builtin: [recorded], folders: [] }),
  workFolder: `${folder}/work`,
  tools: none,
  sandbox: { type: "none", reason: "nothing foreign runs here" },
  policy: { ownNetwork: true, allowBuyers: [] },
  clock,
  blobs,
});
await host.sweep();
const skills = createSkillRunner({
  host,
  store,
  signer,
  pubkey,
  rules: () => rules,
  limitBytes: 32_767,
  storage: { blobs, unitsPerMib: BLOB_UNITS_PER_MIB },
  clock,
});
const judge = createJudge(() => rules);
const behind: Pick<Row, "transforms" | "sink"> = {
  transforms: [
    (context: StageContext) => kindExtractor({}, {}, context),
    (context: StageContext) => eventVerifier({}, {}, context),
    (context: StageContext) => correlator({ role: "provider", pubkey }, { store, judge }, context),
  ],
  sink: (context) =>
    skillSink(
      {
        concurrency: 4,
        relay: { destination: RELAY_ADDRESS, terminalPubkey: publicKeyOf(keyOf("relay")) },
        permissions: {},
      },
      { store, skills },
      context,
    ),
};
await runStages(party, {
  source: (context) => acceptedSource({ concurrency: 4 }, { store }, context),
  ...behind,
});
await runStages(party, {
  source: (context) =>
    relaySource(
      {
        relayUrl: home.relayUrl,
        filters: [{ kinds: [5600], since: Math.floor(clock() / 1_000) - 3_600 }],
        cursorName: "requests",
      },
      { relay: home.relay, store },
      context,
    ),
  ...behind,
});
await party.serve((asked) => {
  if (asked.do === "quiet") {
    return until(async () =>
      await home.quiet() && (await store.runnableJobs([], 1, 0)).length === 0
    );
  }
  if (asked.do === "drain") return home.drain();
  throw new TypeError(`the provider cannot ${asked.do}`);
});
