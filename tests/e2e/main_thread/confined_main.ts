/** A command whose main thread is confined, in a separate process whose accesses are audited. */
import type { Confinement, Spawned } from "./confined_child.ts";
import { runFlags } from "../../../shell/run_flags.ts";
import type { Said } from "./main_thread_worker.ts";

/** One line of Deno's audit. */
export interface Access {
  readonly permission: string;
  readonly value: string | null;
}

/** What became of it. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** Standard error of the command, then of the process. */
  readonly stderr: string;
  readonly spawned: readonly Spawned[];
  /** Every access of every thread of the process. */
  readonly audit: readonly Access[];
}

/** Runs it. With `onFirstLine` it is stopped when the promise of that function has resolved. */
export async function confinedMain(
  confinement: Confinement,
  auditFile: string,
  onFirstLine?: (line: string) => Promise<unknown>,
): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...runFlags(Deno.execPath()),
      new URL("confined_child.ts", import.meta.url).pathname,
      JSON.stringify(confinement),
    ],
    env: { DENO_AUDIT_PERMISSIONS: auditFile },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const spawned: Spawned[] = [];
  const text = { stdout: "", stderr: "" };
  let code: number | null = null;
  let told = onFirstLine === undefined;
  for await (const line of lines(child.stdout)) {
    const said = JSON.parse(line) as Said | Spawned;
    if (said.type === "spawned") spawned.push(said);
    else if (said.type === "exit") code = said.code;
    else text[said.stream] += said.text;
    if (!told && text.stdout.includes("\n")) {
      told = true;
      onFirstLine!(text.stdout.split("\n", 1)[0]).finally(() => child.stdin.close());
    }
  }
  await child.status;
  if (onFirstLine === undefined) await child.stdin.close().catch(() => undefined);
  const audit = [...(await Deno.readTextFile(auditFile)).matchAll(/.+/g)];
  return {
    code,
    stdout: text.stdout,
    stderr: text.stderr + await errors,
    spawned,
    audit: audit.map(([line]) => JSON.parse(line) as Access),
  };
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
