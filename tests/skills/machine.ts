/**
 * What tests of skills share: this machine's tools, temporary folders, and events that need no signature.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { SandboxChoice } from "../../base/sandbox_choice.ts";
import { findControlGroups } from "../../skills/sandbox/control_groups.ts";
import type { Sandbox } from "../../skills/sandbox/sandbox.ts";
import { probeSandbox } from "../../skills/sandbox/sandbox_probe.ts";
import type { SkillContext, SkillProgress, SkillRequest } from "../../skills/skill.ts";
import { locateTools, type Tools } from "../../skills/sandbox/tools.ts";

const located = await locateTools({
  path: Deno.env.get("PATH") ?? "/usr/bin:/bin",
  execPath: Deno.execPath(),
});

/** The tools of this machine. */
export const tools: Tools = {
  ...located,
  groups: located.sh === null
    ? null
    : await findControlGroups({ sh: located.sh, path: located.path }),
};

/** For the name of a test that needs control groups. */
export const noGroups = tools.groups
  ? { ignore: false, why: "" }
  : { ignore: true, why: " (ignored: no control groups can be made here)" };

/** Its sandbox; with CT_TEST_SANDBOX, that of this choice (`node.sandbox`). */
export const sandbox: Sandbox = await probeSandbox(
  tools,
  Date.now,
  Deno.env.get("TMPDIR") ?? "/tmp",
  Deno.env.get("CT_TEST_SANDBOX") as SandboxChoice | undefined,
);

/** For the name of a test that needs bubblewrap. */
export const noSandbox = sandbox.type === "none"
  ? { ignore: true, why: ` (ignored: ${sandbox.reason})` }
  : { ignore: false, why: "" };

/** A folder that goes when the test ends; on the disk, where the folders of jobs are: what they write in memory counts as theirs. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "crosstown-skills-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }).catch(() => {}),
  };
}

/** A new folder that is below none of the folders that a job has privately, wherever this clone is. */
export async function folderThatAJobHasNot(): Promise<string> {
  for (const dir of [Deno.cwd(), Deno.env.get("HOME") ?? "/", "/srv", "/opt"]) {
    if (/^\/(tmp|var|dev|run)(\/|$)/.test(dir)) continue;
    try {
      return await Deno.makeTempDir({ dir, prefix: ".shown-" });
    } catch (error) {
      if (
        !(error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotFound)
      ) {
        throw error;
      }
    }
  }
  throw new Error("no folder outside of /tmp and /var can be written here");
}

/** A request event with these tags. */
export function requestEvent(kind: number, tags: readonly (readonly string[])[]): NostrEvent {
  return {
    id: "1".repeat(64),
    pubkey: "2".repeat(64),
    sig: "3".repeat(128),
    kind,
    created_at: 1_760_000_000,
    tags,
    content: "",
  } as unknown as NostrEvent;
}

/** A request for a skill. */
export function skillRequest(
  event: NostrEvent,
  workdir: string,
  more: Partial<SkillRequest> = {},
): SkillRequest {
  return {
    jobId: "job-1111111",
    attempt: 1,
    bytes: new TextEncoder().encode(JSON.stringify(event)),
    encoding: "json",
    kind: event.kind,
    event,
    workdir,
    maxContentBytes: 60_000,
    ...more,
  };
}

/** A context that collects progress. */
export function skillContext(
  signal: AbortSignal = new AbortController().signal,
): SkillContext & { readonly told: SkillProgress[] } {
  const told: SkillProgress[] = [];
  return {
    signal,
    told,
    clock: Date.now,
    feedback: (progress) => told.push(progress),
    output: () => undefined,
  };
}

/** Runs git for a test, as a user would. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const output = await new Deno.Command("git", {
    args: ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args],
    cwd,
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!output.success) throw new Error(new TextDecoder().decode(output.stderr));
  return new TextDecoder().decode(output.stdout);
}

/** Makes a repository of these files with one commit; returns its path. */
export async function repository(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const path = `${folder}/repo`;
  await Deno.mkdir(path, { recursive: true });
  await git(path, "init", "--quiet", "-b", "main");
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(`${path}/${name}`.replace(/\/[^/]+$/, ""), { recursive: true });
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  await git(path, "add", "-A");
  await git(path, "commit", "--quiet", "-m", "first");
  return path;
}

/** A bundle of a repository's HEAD. */
export async function bundle(repo: string): Promise<Uint8Array> {
  await git(repo, "bundle", "create", "--quiet", "../repo.bundle", "HEAD", "main");
  return await Deno.readFile(`${repo}/../repo.bundle`);
}

/** The log in the content of a ci-run result. */
export async function logOf(content: string): Promise<string> {
  const { log, log_gzip } = JSON.parse(content) as { log?: string; log_gzip?: string };
  if (log_gzip === undefined) return log ?? "";
  const stream = new Blob([Uint8Array.fromBase64(log_gzip)]).stream();
  return await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
}
