/**
 * The steps of `crosstown init`. Each step runs a command of this program, so that a user can repeat it by hand.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import { CommandError, Interrupted } from "../../shell/errors.ts";
import { configOf, pathsOf } from "../../shell/home/load_config.ts";
import { printable } from "../../shell/output.ts";
import type { Check } from "../doctor/check.ts";
import { checksText } from "../doctor/checks_text.ts";
import type { InnerResult } from "../../shell/inner_run.ts";
import { runInner } from "../inner_command.ts";
import { connectorStep } from "./connector_step.ts";
import { makeKeys } from "./keys_step.ts";
import { limitSteps } from "./limits_step.ts";
import { type Questions, questionsOf } from "./questions.ts";
import { skillsStep } from "./skills_step.ts";
import { asTyped, failureOf, type InitTools, setting, type Step, untilItWorks } from "./step.ts";

/** Sets up the home. */
export async function initRun(invocation: Invocation): Promise<number> {
  const { output, io, signal } = invocation;
  const questions = questionsOf(invocation);
  const steps: Step[] = [];
  const told = async (step: Step | null) => {
    if (step === null) return;
    steps.push(step);
    await output.note(
      `${step.name.padEnd(13)} ${step.status.padEnd(6)} ${printable(step.message)}`,
    );
    if (step.suggestion !== undefined) await output.note(`${" ".repeat(21)}${step.suggestion}`);
  };
  const network = await chosenNetwork(invocation, questions);
  const given = globalsOf(invocation);
  const tools = {
    invocation,
    questions,
    run: async (args: readonly string[], stdin?: string) => {
      const result = await runInner([...given, ...args], {
        env: io.env,
        signal,
        stdin,
        ...(questions.asks ? { askSecret: io.askSecret } : {}),
      });
      refuseGivenUp(result);
      return result;
    },
  };
  const again = <Done extends Step | null>(work: () => Promise<Done>) =>
    untilItWorks(questions, work);
  // The keys come before the network is written to the file, because making the first wallet writes the file too.
  const keys = await again(() => makeKeys(tools));
  await told(keys);
  const hasKeys = keys.status !== "failed";
  const dev = network === "dev" ? await devStep(tools, hasKeys) : null;
  await told(dev);
  // Without the dev network there are neither limits nor anything to check.
  if (!hasKeys && dev?.status === "warn") return await reported(invocation, network, steps, null);
  const chosen = await networkStep(tools, network);
  await told(chosen);
  if (network !== "dev" && chosen.status !== "failed") {
    const relay = await again(() => relayStep(tools));
    await told(relay);
    await told(await again(() => termsStep(tools, relay.status !== "warn")));
    await told(await again(() => connectorStep(tools)));
  }
  for (const step of await limitSteps(tools)) await told(step);
  await told(await again(() => skillsStep(tools)));

  await output.progress("checking everything");
  const doctor = await tools.run(["doctor"]).finally(() => output.progress(""));
  return await reported(invocation, network, steps, doctor);
}

/** Prints what was done, what `doctor` found, and what to type next. Returns the exit code. */
async function reported(
  invocation: Invocation,
  network: string,
  steps: readonly Step[],
  doctor: InnerResult | null,
): Promise<number> {
  const { output } = invocation;
  const checks = (doctor?.document.checks ?? []) as readonly Check[];
  const failed = steps.some(({ status }) => status === "failed");
  const ok = !failed && doctor?.exitCode === 0;
  const next = nextCommand(network, failed, checks);
  const { home } = await pathsOf(invocation);
  await output.document("init", { ok, home, network, steps, checks, next }, () =>
    [
      "",
      ...(doctor === null ? [] : [checksText(output, checks), ""]),
      `${ok ? "Ready" : "Not ready yet"}: ${home}`,
      `Next: ${next}`,
    ].join("\n"), steps.map(({ name, status, message }) => ({ name, status, message })));
  return ok ? 0 : 1;
}

/** Ends `init` if the person gave up at a command's question, e.g. with Ctrl-C at the passphrase. Throws Interrupted or CommandError. */
function refuseGivenUp({ document }: InnerResult): void {
  const { code, message } = (document.error ?? {}) as { code?: string; message?: string };
  if (code === "interrupted") throw new Interrupted("SIGINT");
  if (code === "given_up") throw new CommandError(code, message!, "run 'crosstown init' again");
}

/** The global flags that name the home and the passphrase. Relay and connector are steps of their own. */
function globalsOf({ globals, io }: Invocation): string[] {
  const { home, mayor, passphraseFile, passphraseFd } = globals;
  const named = (flag: string, value: string | undefined) =>
    value === undefined ? [] : [`${flag}=${value}`];
  if (passphraseFd !== undefined || passphraseFile === "-") {
    throw new CommandError(
      "needs_file",
      "init opens the wallet in several steps, and a pipe gives the passphrase once",
      `write the passphrase in a file of yours, 'chmod 600' it, and give --passphrase-file ${
        io.env("HOME") ?? ""
      }/passphrase`,
    );
  }
  return [
    ...named("--home", home),
    ...named("--mayor", mayor),
    ...named("--passphrase-file", passphraseFile),
  ];
}

/** What a newcomer wants to know of the networks. */
const NETWORKS = {
  dev: "a whole market on this machine, to try with; needs nothing",
  "base-sepolia": "the public test network; needs test tokens and gas",
};

async function chosenNetwork(invocation: Invocation, questions: Questions): Promise<string> {
  const { globals } = invocation;
  if (globals.network === "dev") return "dev";
  const config = await configOf(invocation);
  if (globals.network !== undefined) return globals.network;
  const names = [...new Set(["dev", ...config.profiles.keys()])];
  return await questions.choice("Network", names, config.profile.name, NETWORKS);
}

/**
 * The dev network is the default while it is running, so it is not written to the file: a file that names it is refused while it is down.
 */
async function networkStep(tools: InitTools, network: string): Promise<Step> {
  const name = "network";
  if (network !== "dev") return await setting(tools, name, "network", network);
  const unset = await tools.run(["config", "unset", "network"]);
  return failureOf(name, unset) ??
    { name, status: "kept", message: "dev, for as long as it is up" };
}

/** Starts the dev network unless it is up. Without keys it starts none: `init` fails, and a network would stay that nobody expects. */
async function devStep(
  { run, questions, invocation: { output } }: InitTools,
  hasKeys: boolean,
): Promise<Step> {
  const name = "dev";
  const status = await run(["dev", "status"]);
  if (status.exitCode === 0 && status.document.error === undefined) {
    return { name, status: "kept", message: "up; it pays with a wallet of its own" };
  }
  if (!hasKeys) {
    return { name, status: "warn", message: "not started, because the keys failed" };
  }
  if (!await questions.yes("Start the dev network now?", true)) {
    const suggestion = "run 'crosstown dev up --detach'";
    return { name, status: "warn", message: "the dev network is not up", suggestion };
  }
  await output.progress("starting the dev network");
  const up = await run(["dev", "up", "--detach"]).finally(() => output.progress(""));
  return failureOf(name, up) ??
    {
      name,
      status: "done",
      message: `up: ${up.document.relay_url}; it pays with a wallet of its own`,
    };
}

async function relayStep({ run, invocation, questions }: InitTools): Promise<Step> {
  const name = "relay";
  const { profile } = await configOf(invocation);
  const url = await questions.text("Relay", profile.relayUrl);
  const other = url !== profile.relayUrl || invocation.globals.relay !== undefined;
  if (other) {
    const connected = await run(["relay", "connect", url]);
    const failure = failureOf(name, connected);
    return failure === null
      ? { name, status: "done", message: url }
      : asTyped(failure, /^url\b/, invocation.globals.relay ? "--relay" : null);
  }
  const { document, exitCode } = await run(["relay", "status"]);
  if (exitCode === 0) return { name, status: "kept", message: `${url} answers` };
  const { message, suggestion } = (document.error ?? {}) as {
    message?: string;
    suggestion?: string;
  };
  return {
    name,
    status: "warn",
    message: message ?? `${url} does not answer`,
    suggestion: suggestion ?? "check the address and your network connection",
  };
}

/**
 * Stores the relay's key, and its terms if a person or a given fingerprint confirms them. The key is not asked for where the relay does not
 * answer, because it gives the terms.
 */
async function termsStep(
  { run, invocation, questions }: InitTools,
  answers: boolean,
): Promise<Step> {
  const name = "terms";
  const { options } = invocation;
  const { profile } = await configOf(invocation);
  if (profile.relay !== null && profile.peer !== null) {
    return { name, status: "kept", message: `writes are paid to ${profile.relay.ilpAddress}` };
  }
  const given = options.text("relayKey");
  const key = given ??
    (answers
      ? await questions.text("The relay's public key, in hex or as npub (empty: later)", "")
      : "");
  const later = {
    name,
    status: "warn",
    message: "the relay's terms are not accepted yet, so nothing can be paid",
    suggestion: "get its key from its operator: crosstown relay terms --pin PUBKEY --accept",
  } as const;
  if (key === "") return later;
  const shown = await run(["relay", "terms", "--pin", key]);
  const failure = failureOf(name, shown);
  if (failure !== null) {
    return asTyped(failure, "--pin", given === undefined ? null : "--relay-key");
  }
  const announced = shown.document.announced as Record<string, string> | null;
  if (announced === null) {
    const { message } = shown.document.refused as { message: string };
    return { name, status: "failed", message, suggestion: later.suggestion };
  }
  const stated = options.text("termsFingerprint");
  await questions.show(`The terms have the fingerprint ${announced.fingerprint}`);
  const same = stated !== undefined || (questions.asks &&
    await questions.yes("Does the relay's operator state the same fingerprint?", false));
  if (!same) return later;
  const accepted = await run([
    ...["relay", "terms", "--pin", key, "--accept"],
    ...["--fingerprint", stated ?? announced.fingerprint],
  ]);
  const refused = accepted.document.refused as { message: string } | null;
  if (refused) return { name, status: "failed", message: refused.message };
  return failureOf(name, accepted) ??
    { name, status: "done", message: `writes are paid to ${announced.ilp_address}` };
}

function nextCommand(
  network: string,
  failed: boolean,
  checks: readonly Check[],
): string {
  const bad = checks.find(({ status }) => status === "fail");
  if (failed) return "crosstown init (again, once the failed step is corrected)";
  if (bad !== undefined) return `crosstown doctor (${bad.name}: ${bad.suggestion})`;
  return network === "dev"
    ? "crosstown job submit echo --input hello --wait"
    : "crosstown wallet receive (where to send tokens and gas), then crosstown job submit echo --input hello --wait";
}
