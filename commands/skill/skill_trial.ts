/**
 * `crosstown skill test`: runs each fixture as a job of the skill, as a provider would.
 *
 * The author runs the author's own skill, so it runs in this process's main thread; its command runs in the sandbox if there is one.
 *
 * @module
 */
import { RUN_PREFIX, temporaryFolder } from "../../base/files/temporary_folder.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { GIFT_WRAP_KIND } from "../../protocols/nostr/kinds.ts";
import { SignerError } from "../../money/signer/signer_error.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";
import { TomlTable } from "../../skills/format/toml_table.ts";
import { type JudgeMachine, runJudge } from "../../skills/judging/run_judge.ts";
import { readVerdict } from "../../market/judge_input.ts";
import type { RegisteredSkill } from "../../skills/catalog/registry.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { SandboxChoiceError } from "../../home/sandbox_choice_error.ts";
import { findControlGroups } from "../../skills/sandbox/control_groups.ts";
import { probeSandbox } from "../../skills/sandbox/sandbox_probe.ts";
import { sandboxKind } from "../../skills/sandbox/tier.ts";
import { locateTools } from "../../skills/sandbox/tools.ts";
import { checkRequest } from "../../skills/request_rules.ts";
import type { OpenedMessage, SkillManifest, SkillOutcome } from "../../skills/skill.ts";
import { SkillError } from "../../skills/skill_error.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { skillMachine } from "../../shell/platform.ts";
import { temporaryRoot } from "../../shell/temporary_root.ts";
import { folderOf, readSkill, skillPlaces } from "./skill_places.ts";
import { testWraps } from "./test_wraps.ts";

/** The most content of a result event that fits a packet. */
const CONTENT_BYTES = 32_767;

/** The outcome of a fixture. */
interface Verdict {
  readonly fixture: string;
  readonly passed: boolean;
  readonly status: string;
  readonly content: string;
  readonly error_code: string | null;
  readonly duration_ms: number;
  /** Why it did not pass, and what the skill wrote to standard error. */
  readonly faults: readonly string[];
  readonly log: string;
}

/** Runs the fixtures. Exit 1 if one had an unexpected outcome. */
export async function skillTest(invocation: Invocation): Promise<number> {
  const { io, output, signal } = invocation;
  const places = await skillPlaces(invocation);
  const folder = await folderOf(invocation, places);
  const { manifest } = await readSkill(folder);
  const names = await fixturesOf(folder, manifest);
  const { path, execPath, sandbox: choice } = skillMachine(io.env, places.config);
  const dir = temporaryRoot(io.env, "/var/tmp");
  const scratch = await temporaryFolder({ dir, prefix: RUN_PREFIX });
  try {
    const located = await locateTools({ path, execPath });
    const tools = {
      ...located,
      groups: located.sh === null
        ? null
        : await findControlGroups({ sh: located.sh, path: located.path }),
    };
    const sandbox = await probeSandbox(tools, io.clock, scratch, choice);
    if (sandbox.type === "none" && choice.startsWith("runsc")) {
      throw new SandboxChoiceError(sandbox.reason);
    }
    if (sandbox.type === "none") await output.warn(`no sandbox here: ${sandbox.reason}`);
    const host = createSkillHost({
      registry: createSkillRegistry({ builtin: [], folders: [], approvals: null }),
      workFolder: `${scratch}/work`,
      tools,
      sandbox,
      // The tester counts as the skill's buyer.
      policy: { ownNetwork: true, allowBuyers: [] },
      concurrency: 1,
      clock: io.clock,
    });
    const verdicts: Verdict[] = [];
    for (const name of manifest.judges ? names : []) {
      const machine = { tools, sandbox, workFolder: `${scratch}/work`, clock: io.clock };
      verdicts.push(await judgeVerdict({ manifest, folder, builtin: null }, name, machine));
    }
    for (const name of manifest.judges ? [] : names) {
      const bytes = await Deno.readFile(`${folder}/fixtures/${name}.toon`);
      const { event: value, encoding } = decodeDocument(bytes);
      const event = parseEvent(value);
      const expected = await expectationsOf(folder, name);
      const message = openedFor(manifest, event, expected);
      const outcome = refusal(manifest, event) ??
        await host.run({ manifest, folder, builtin: null }, {
          ...(message && { message }),
          jobId: `test-${name}`,
          attempt: 1,
          bytes,
          encoding,
          kind: event.kind,
          event,
          maxContentBytes: CONTENT_BYTES,
        }, { signal });
      verdicts.push(verdictOf(expected, name, outcome));
    }
    const failed = verdicts.filter(({ passed }) => !passed).length;
    await output.document(
      "skill-test",
      {
        name: manifest.name,
        sandbox: sandbox.type === "none" ? "none" : sandboxKind(sandbox),
        passed: failed === 0,
        fixtures: verdicts,
      },
      [
        ...verdicts.map(linesOf),
        `${manifest.name}: ${verdicts.length - failed} passed, ${failed} failed`,
      ].join("\n"),
    );
    return failed === 0 ? 0 : 1;
  } finally {
    await Deno.remove(scratch, { recursive: true }).catch(() => undefined);
  }
}

/** Runs a judge with answers, and checks also that its output is a verdict. */
async function judgeVerdict(
  skill: RegisteredSkill & { readonly folder: string },
  name: string,
  machine: JudgeMachine,
): Promise<Verdict> {
  const file = `fixtures/${name}.json`;
  const input = await Deno.readFile(`${skill.folder}/${file}`);
  const answers = answersIn(input);
  if (answers === null) {
    throw new UsageError(
      `${file} has no list of answers`,
      "see docs/skills.md#judges",
      "bad_fixture",
    );
  }
  const about = { jobId: `test-${name}`, kind: 6_000, input };
  const outcome = await runJudge(skill, about, machine);
  const verdict = verdictOf(await expectationsOf(skill.folder, name), name, outcome);
  if (outcome.status !== "success") return verdict;
  const read = readVerdict(outcome.content, { bytes: input, hashes: answers, large: [] });
  return "groups" in read
    ? verdict
    : { ...verdict, passed: false, faults: [...verdict.faults, read.fault] };
}

function answersIn(input: Uint8Array): string[] | null {
  try {
    const { answers } = JSON.parse(new TextDecoder().decode(input));
    return Array.isArray(answers) ? answers.map(String) : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

async function fixturesOf(folder: string, { judges }: SkillManifest): Promise<string[]> {
  const ending = judges ? ".json" : ".toon";
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${folder}/fixtures`)) {
      if (name.endsWith(ending)) found.push(name.slice(0, -ending.length));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (found.length > 0) return found.sort();
  throw new UsageError(
    `there is no fixtures/*${ending} in ${folder}`,
    judges
      ? "put answers there, see docs/skills.md#judges"
      : "put a request there, and beside it NAME.expected.toml; 'crosstown skill new' makes both",
    "no_fixtures",
  );
}

/** The error for a request that a provider would refuse. */
function refusal(
  { kinds, request }: SkillManifest,
  event: ReturnType<typeof parseEvent>,
): SkillOutcome | null {
  const said = (errorCode: string, content: string): SkillOutcome => ({
    status: "error",
    errorCode,
    content,
    durationMs: 0,
  });
  if (kinds.length > 0 && !kinds.includes(event.kind)) {
    return said("no_skill", `the fixture's kind ${event.kind} is none of ${kinds.join(", ")}`);
  }
  try {
    if (request !== undefined) checkRequest(event, request);
    return null;
  } catch (error) {
    if (error instanceof SkillError) return said(error.code, error.message);
    throw error;
  }
}

/** The content of a gift wrap, for a skill that receives it opened. */
function openedFor(
  { decrypt }: SkillManifest,
  event: ReturnType<typeof parseEvent>,
  expected: TomlTable,
): OpenedMessage | null {
  if (!decrypt || event.kind !== GIFT_WRAP_KIND) return null;
  const key = expected.text("reader_key");
  if (!/^[0-9a-f]{64}$/.test(key)) expected.bad("reader_key", "reader_key is 64 hex digits");
  try {
    return testWraps(Uint8Array.fromHex(key)).open(event);
  } catch (error) {
    if (!(error instanceof SignerError || error instanceof RangeError)) throw error;
    return expected.bad("reader_key", `reader_key does not open the fixture: ${error.message}`);
  }
}

/** A fixture without a file of expectations must succeed. */
async function expectationsOf(folder: string, name: string): Promise<TomlTable> {
  const file = `fixtures/${name}.expected.toml`;
  const text = await Deno.readTextFile(`${folder}/${file}`).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const table = TomlTable.read(text, file);
  table.knows(["status", "content", "contains", "error_code", "reader_key"]);
  return table;
}

function verdictOf(table: TomlTable, name: string, outcome: SkillOutcome): Verdict {
  const { status, content, errorCode = null, durationMs, log = "" } = outcome;
  const faults: string[] = [];
  const expect = (what: string, expected: string, got: string | null, same: boolean) => {
    if (!same) {
      faults.push(`${what} is ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
    }
  };
  const wanted = table.oneOf("status", ["success", "error"], "success");
  expect("status", wanted, status, status === wanted);
  if (table.has("content")) {
    const exact = table.value("content");
    if (typeof exact !== "string") table.bad("content", "content must be a text");
    expect("content", exact, content, content.trimEnd() === exact.trimEnd());
  }
  if (table.has("contains")) {
    const part = table.text("contains");
    expect("content", `... ${part} ...`, content, content.includes(part));
  }
  if (table.has("error_code")) {
    const code = table.text("error_code");
    expect("error_code", code, errorCode, errorCode === code);
  }
  const passed = faults.length === 0;
  return {
    fixture: name,
    passed,
    status,
    content,
    error_code: errorCode,
    duration_ms: durationMs,
    faults,
    log,
  };
}

function linesOf({ fixture, passed, duration_ms, faults, content, log }: Verdict): string {
  if (passed) return `ok      ${fixture} (${duration_ms} ms)`;
  const said = [content, log].filter((text) => text !== "").map((text) => text.slice(0, 1_000));
  return [`FAILED  ${fixture}`, ...faults, ...said].map(printable).join("\n        ");
}
