/**
 * The files of a new skill that answers private messages (kind 1059).
 *
 * @module
 */
import type { EventTemplate, NostrEvent } from "../../protocols/nostr/event.ts";
import { bytesToHex } from "../../protocols/nostr/hex.ts";
import { GIFT_WRAP_KIND, PRIVATE_MESSAGE_KIND } from "../../protocols/nostr/kinds.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { testWraps } from "./test_wraps.ts";
import type { TemplateFile, TemplateRunner } from "./templates.ts";

const TEXT = "Analyze this private repo";

/** The files of a skill that acknowledges a message. Its test passes with a key that exists only for this test. */
export function messageFiles(
  name: string,
  runner: TemplateRunner,
  run: string,
  nowMs: number,
): TemplateFile[] {
  const reader = crypto.getRandomValues(new Uint8Array(32));
  return [
    { path: "SKILL.md", content: card(name) },
    { path: "skill.toml", content: terms(runner, run) },
    runner === "deno"
      ? { path: "main.ts", content: MODULE }
      : { path: "run.sh", content: runner === "agent" ? AGENT : SCRIPT, program: true },
    {
      path: "fixtures/private-message.toon",
      content: encodeToon(wrapFor(reader, nowMs), "1.4"),
    },
    {
      path: "fixtures/private-message.expected.toml",
      content: `status = "success"\ncontains = "${TEXT}"\n` +
        `# Opens the wrap beside this file; made for this test, and of no use elsewhere.\n` +
        `reader_key = "${bytesToHex(reader)}"\n`,
    },
  ];
}

function wrapFor(reader: Uint8Array, nowMs: number): NostrEvent {
  const sender = crypto.getRandomValues(new Uint8Array(32));
  const peer = publicKeyOf(reader);
  const message: EventTemplate = {
    kind: PRIVATE_MESSAGE_KIND,
    created_at: Math.floor(nowMs / 1_000),
    tags: [["p", peer]],
    content: TEXT,
  };
  return testWraps(sender).make(peer, message);
}

function card(name: string): string {
  return `---
name: ${name}
description: Acknowledges private messages. Use when somebody writes to this provider in a gift wrap.
license: MIT
metadata: {crosstown: skill.toml, version: "1.0.0"}
---

# ${name}

Answer the message with one line: \`Received: \` and its first 200 characters.
`;
}

function terms(runner: TemplateRunner, run: string): string {
  return `kinds = [${GIFT_WRAP_KIND}]                 # gift wraps (NIP-59); only those to this home's key
accepts = "both"               # standard input is the wrap as it came

[limits]
timeout_s = 30
memory_mb = 256
output_bytes = 4096

[permissions]                  # nothing beyond the skill's own folder
net = []
env = []
decrypt = true                 # the message, opened, is the file that CROSSTOWN_MESSAGE names; what is printed goes back wrapped

[run]
runner = "${runner}"
${run}
`;
}

const MODULE =
  `// What is printed goes back to the author in a wrap; nothing printed is no answer. Exit 0 is success.
// A message that answers another one (e tag) gets no answer, so that two programs do not answer each other without end.
const path = Deno.env.get("CROSSTOWN_MESSAGE")!;
const message: { content: string; tags: string[][] } = JSON.parse(await Deno.readTextFile(path));
if (!message.tags.some(([name]) => name === "e")) {
  console.log(\`Received: \${message.content.slice(0, 200)}\`);
}
`;

const SCRIPT = `#!/bin/sh
# What is printed goes back to the author in a wrap; nothing printed is no answer. Exit 0 is success.
# A message that answers another one (e tag) gets no answer, so that two programs do not answer each other without end.
grep -q '\\["e",' "$CROSSTOWN_MESSAGE" && exit 0
sed -n 's/.*"content":"\\([^"]*\\)".*/Received: \\1/p' "$CROSSTOWN_MESSAGE" | cut -c 1-210
`;

const AGENT = `#!/bin/sh
# Stands in for an agent. Standard input: SKILL.md, then the wrap and the opened message between lines BEGIN DATA and END DATA.
sed -n '/^BEGIN DATA /,/^END DATA /p' | grep -v '\\["e",' |
  sed -n 's/^{.*"kind":14,.*"content":"\\([^"]*\\)".*/Received: \\1/p'
`;
