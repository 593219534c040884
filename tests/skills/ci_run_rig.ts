/** The skill as a provider runs it, on this machine. */
import { ciRun, type CiRunOptions } from "../../skills/builtin/ci_run/ci_run.ts";
import type { CiRunContent } from "../../skills/builtin/ci_run/result_content.ts";
import type { SkillOutcome } from "../../skills/skill.ts";
import {
  bundle,
  logOf,
  repository,
  requestEvent,
  sandbox,
  skillContext,
  skillRequest,
  temporaryFolder,
  tools,
} from "./machine.ts";

export const PLATFORM = "linux/amd64";

export const options: CiRunOptions = {
  tools,
  sandbox,
  policy: { ownNetwork: true, allowBuyers: [] },
  platform: PLATFORM,
};

export const BUNDLE = [["param", "encoding", "base64"], [
  "param",
  "mime",
  "application/x-git-bundle",
]];

interface Run {
  readonly outcome: SkillOutcome;
  readonly content: CiRunContent | null;
  readonly log: string;
}

export async function run(
  tags: readonly (readonly string[])[],
  more: Partial<CiRunOptions> & {
    readonly maxContentBytes?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Run> {
  await using folder = await temporaryFolder();
  const request = skillRequest(requestEvent(5601, tags), folder.path, {
    maxContentBytes: more.maxContentBytes ?? 60_000,
  });
  const outcome = await ciRun({ ...options, ...more }).run(request, skillContext(more.signal));
  const content = outcome.status === "success" ? JSON.parse(outcome.content) : null;
  return { outcome, content, log: content === null ? "" : await logOf(outcome.content) };
}

export const command = (text: string) => ["param", "command", text];

export async function bundleTags(files: Readonly<Record<string, string>>): Promise<string[][]> {
  await using folder = await temporaryFolder();
  const bytes = await bundle(await repository(folder.path, files));
  return [["i", bytes.toBase64(), "text"], ...BUNDLE];
}
