/**
 * Runs the skills that judge: they get the answers of several providers and say which ones are equal. A judge is a skill of the buyer's home.
 * It runs as a child process like any skill, with its own permissions and limits, and what it gets is not trusted.
 *
 * Held: one run at a time; others wait.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { DeclaredPermissions, ServiceContext } from "../../base/service.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { tierFault } from "../sandbox/tier.ts";
import type { Tools } from "../sandbox/tools.ts";
import type { SkillRun } from "../skill.ts";

/** The options of the service. */
interface JudgeOptions {
  readonly tools: Tools;
  readonly sandbox: Sandbox;
  /** Folders of skill folders; they may be missing. */
  readonly folders: readonly string[];
  /** The files of approvals (see RegistryOptions). */
  readonly approvals: readonly string[];
  /** The parent of the folders of runs. */
  readonly workFolder: string;
  /** What running a skill takes. */
  readonly permissions: DeclaredPermissions;
}

/** A judge that can run here, or why there is none. */
type FoundJudge =
  | { readonly name: string; readonly sha256: string }
  | { readonly code: string; readonly message: string };

/** The result of one run. The judge wrote the text, so the caller checks it. */
type JudgeOutcome =
  | { readonly text: string }
  | { readonly code: string; readonly message: string };

/** The service's methods. */
interface JudgeService {
  /** Finds an approved skill that judges. */
  find(name: string): Promise<FoundJudge>;
  /** Runs it once. Fails with `judge_changed` if its files do not have this hash now. */
  judge(
    name: string,
    sha256: string,
    about: { readonly jobId: string; readonly kind: number },
    input: Uint8Array,
  ): Promise<JudgeOutcome>;
  /** Stops the run in progress, which fails with `cancelled`, and all later ones. */
  cancel(): Promise<void>;
}

/** For the host: the service `skill-judge`. */
export const definition = defineService({
  name: "skill-judge",
  methods: ["find", "judge", "cancel"] as const,
  permissions: ({ permissions }: JudgeOptions) => permissions,
  async start(
    options: JudgeOptions,
    _services: unknown,
    { clock }: Pick<ServiceContext, "clock">,
  ): Promise<JudgeService> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const { createSkillRegistry } = await import("../catalog/registry.ts");
    const { runJudge } = await import("./run_judge.ts");
    const { folders, approvals, tools, sandbox, workFolder } = options;
    const registry = createSkillRegistry({ builtin: [], folders, approvals });
    const scanned = async (name: string) => {
      const { skills, problems } = await registry.scan();
      const skill = skills.find(({ manifest }) => manifest.name === name);
      if (skill !== undefined) return skill;
      const problem = problems.find(({ folder }) => folder.endsWith(`/${name}`));
      return problem ?? { code: "unknown_skill", message: `this home has no skill ${name}` };
    };
    const cancelled = new AbortController();
    let last: Promise<unknown> = Promise.resolve();
    const runOne = async (
      name: string,
      sha256: string,
      about: { readonly jobId: string; readonly kind: number },
      input: Uint8Array,
    ): Promise<JudgeOutcome> => {
      const skill = await scanned(name);
      if ("code" in skill) return { code: skill.code, message: skill.message };
      if (skill.sha256 !== sha256) {
        return { code: "judge_changed", message: `${name} is not the skill that judged before` };
      }
      const outcome = await runJudge(skill, { ...about, input }, {
        tools,
        sandbox,
        workFolder,
        clock,
        signal: cancelled.signal,
      });
      return outcome.status === "success"
        ? { text: outcome.content }
        : { code: outcome.errorCode ?? "skill_failed", message: outcome.content };
    };
    return {
      async find(name) {
        const skill = await scanned(name);
        if ("code" in skill) return { code: skill.code, message: skill.message };
        const { manifest, sha256 } = skill;
        const { judges, run } = manifest;
        if (judges !== true || sha256 === undefined) {
          return {
            code: "no_judge",
            message: `the skill ${name} does not judge: its skill.toml has no judges = true`,
          };
        }
        const unable = tierFault(manifest, sandbox) ?? whyNot(run, sandbox, tools);
        return unable === null ? { name, sha256 } : { code: "cannot_run", message: unable };
      },
      judge(name, sha256, about, input) {
        const run = last.then(() => runOne(name, sha256, about, input));
        last = run.catch(() => undefined);
        return run;
      },
      cancel() {
        cancelled.abort();
        return Promise.resolve();
      },
    };
  },
});

/** Why this machine cannot run a judge; null if it can. */
function whyNot(run: SkillRun, sandbox: Sandbox, tools: Tools): string | null {
  if (tools.sh === null) return "this machine has no sh";
  if (run.type === "deno") return tools.deno === null ? "there is no deno on this machine" : null;
  const isTrusted = run.type !== "builtin" && !run.sandbox;
  return isTrusted || sandbox.type !== "none"
    ? null
    : `a command judges only in a sandbox, and there is none here: ${sandbox.reason}`;
}
