/**
 * The files that `crosstown skill new` makes.
 *
 * @module
 */
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";

/** The runners that a new skill can have. */
export type TemplateRunner = "deno" | "command" | "agent";

/** A file of a new skill. */
export interface TemplateFile {
  /** Path in the skill's folder. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** True if the file is executable. */
  readonly program?: boolean;
}

/** The files of a skill that counts words. Its test passes. */
export function templateFiles(name: string, kind: number, runner: TemplateRunner): TemplateFile[] {
  return [
    { path: "SKILL.md", content: card(name) },
    { path: "skill.toml", content: terms(kind, runner) },
    runner === "deno"
      ? { path: "main.ts", content: MODULE }
      : { path: "run.sh", content: runner === "agent" ? AGENT : SCRIPT, program: true },
    { path: "fixtures/three-words.toon", content: encodeToon(request(kind), "1.4") },
    {
      path: "fixtures/three-words.expected.toml",
      content: 'status = "success"\ncontent = "3"\n',
    },
  ];
}

function card(name: string): string {
  return `---
name: ${name}
description: Counts the words of a text. Use when a request asks how long a text is.
license: MIT
metadata: {crosstown: skill.toml, version: "1.0.0"}
---

# ${name}

Count the words of the request's text inputs. Answer with the number alone.
`;
}

function terms(kind: number, runner: TemplateRunner): string {
  return `kinds = [${kind}]
${ACCEPTS[runner]}

[price]
flat_units = 25000             # for a run, in millionths of a token

[limits]
timeout_s = 30
memory_mb = 256
output_bytes = 4096

[request]                      # others are refused before they are paid
inputs = ["text"]
least_inputs = 1

[permissions]                  # nothing beyond the skill's own folder
net = []
env = []

[run]
runner = "${runner}"
${RUN[runner]}
`;
}

const AS_JSON =
  `accepts = "json"               # the request as JSON on standard input; "toon" and "both" give it as it came`;

/** A model reads the request as it came. */
const ACCEPTS: Readonly<Record<TemplateRunner, string>> = {
  deno: AS_JSON,
  command: AS_JSON,
  agent:
    `accepts = "both"               # the request as it came, TOON or JSON; "json" gives it as JSON`,
};

/** The `[run]` part of `skill.toml` for each runner. */
export const RUN: Readonly<Record<TemplateRunner, string>> = {
  deno: 'module = "main.ts"',
  command: 'command = ["./run.sh"]',
  agent:
    `command = ["./run.sh"]         # or your agent, e.g. ["claude", "-p", "--allowedTools", "{tools}"]
budget_tokens = 20000`,
};

const AGENT = `#!/bin/sh
# Stands in for an agent. Standard input: SKILL.md, then the request as it came between the lines BEGIN DATA and END DATA.
# CROSSTOWN_EVENT names a file with the request as JSON.
cat >/dev/null
grep -o '"i","[^"]*"' "$CROSSTOWN_EVENT" | cut -d '"' -f 4 | wc -w | tr -d ' '
`;

const MODULE =
  `// The request comes on standard input, what is printed is the result, exit 0 is success.
const event: { tags: string[][] } = JSON.parse(await new Response(Deno.stdin.readable).text());
const texts = event.tags.filter(([name]) => name === "i").map(([, text]) => text);
console.log(texts.join(" ").split(/\\s+/).filter((word) => word !== "").length);
`;

const SCRIPT = `#!/bin/sh
# The request comes on standard input, what is printed is the result, exit 0 is success.
tr -d '\\n' | grep -o '"i","[^"]*"' | cut -d '"' -f 4 | wc -w | tr -d ' '
`;

/** A request as a buyer sends it, without a valid signature, because a skill's test checks none. */
function request(kind: number): NostrEvent {
  const event = {
    pubkey: "0".repeat(63) + "1",
    created_at: 1_700_000_000,
    kind,
    tags: [["i", "three little words", "text"]],
    content: "",
  } as unknown as UnsignedEvent;
  return { ...event, id: eventId(event), sig: "0".repeat(128) } as NostrEvent;
}
