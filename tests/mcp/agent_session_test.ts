import assert from "node:assert/strict";
import { AgentSession, type Answer } from "../../mcp/agent_session.ts";
import { UNRUN } from "./session_options.ts";

/** A session whose purchase waits until its command is ended. */
class Waiting extends AgentSession {
  readonly begun = Promise.withResolvers<void>();

  constructor(stop: AbortSignal) {
    super({ ...UNRUN, stop });
  }

  override async call(_: readonly string[], { signal }: { readonly signal?: AbortSignal } = {}) {
    this.begun.resolve();
    await new Promise((resolve) => signal!.addEventListener("abort", resolve));
    return { ok: false, document: { error: { code: "interrupted" } } } as Answer;
  }
}

const ORDER = { type: "echo", bidUnits: 4n };

Deno.test("AgentSession: a cancelled call does not end a purchase, a stopped server does, and the amount stays reserved", async () => {
  const stop = new AbortController();
  const call = new AbortController();
  await using session = new Waiting(stop.signal);
  let ended = false;
  const bought = session.submit(ORDER, { signal: call.signal }).then(() => ended = true);
  await session.begun.promise;
  call.abort();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(ended, false);
  stop.abort();
  await bought;
  assert.equal(session.ceilings.leftUnits, 6n);
});

Deno.test("AgentSession: a call that was cancelled before buys nothing and reserves nothing", async () => {
  await using session = new Waiting(new AbortController().signal);
  await assert.rejects(session.submit(ORDER, { signal: AbortSignal.abort() }));
  assert.equal(session.ceilings.leftUnits, 10n);
});
