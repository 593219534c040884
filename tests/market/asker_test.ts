/** Each layer of a provider's terminal says who asks as the layer beneath says it, unless the packet is its own. */
import assert from "node:assert/strict";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import { deliverResult } from "../../market/deliver_result.ts";
import { jobLogTerminal } from "../../market/logs/job_log_terminal.ts";
import { meterTerminal } from "../../market/meter_terminal.ts";
import { privateTerminal } from "../../market/private/private_terminal.ts";
import { turnTerminal } from "../../market/turn_terminal.ts";

/** Nothing is called for a packet that only has to be named. */
const NONE = new Proxy({}, {
  get: (_, name) => () => assert.fail(`${String(name)} was called`),
}) as never;
const LAYERS: Readonly<Record<string, (beneath: Terminal) => Terminal>> = {
  deliverResult: (beneath) => deliverResult(beneath, NONE),
  jobLogTerminal: (beneath) => jobLogTerminal(beneath, NONE),
  meterTerminal: (beneath) => meterTerminal(beneath, NONE),
  privateTerminal: (beneath) => privateTerminal(beneath, { signer: NONE, verifier: NONE }),
  turnTerminal: (beneath) => turnTerminal(beneath, NONE),
};

const prepare: Prepare = {
  amount: 0n,
  destination: "g.provider",
  expiresAtMs: 1_767_225_600_000,
  condition: new Uint8Array(32),
  data: new TextEncoder().encode("kind: 5600"),
};
const leaf = (asker?: Terminal["asker"]): Terminal => ({
  inspect: () => Promise.resolve({ reject: { code: "F99", message: "" } }),
  effect: () => Promise.resolve({ reject: { code: "F99", message: "" } }),
  asker,
});

for (const [name, layer] of Object.entries(LAYERS)) {
  Deno.test(`${name} says of a packet that is not its own who asks, as the terminal beneath says it`, () => {
    assert.equal(layer(leaf(() => "known")).asker?.(prepare), "known");
    assert.equal(layer(leaf()).asker?.(prepare), "stranger");
  });
}
