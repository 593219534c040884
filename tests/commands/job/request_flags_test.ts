/** A job that is bought again is the job that was bought. */
import assert from "node:assert/strict";
import { flagsOfRequest } from "../../../commands/job/request_flags.ts";
import type { Config } from "../../../config/config.ts";
import { intake, type JobFlags } from "../../../market/intake.ts";
import { parseRequirements, storedRequirements } from "../../../market/requirement.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { BUYER, NOW_S, PROVIDER } from "../../market/market.ts";
import { job } from "../../store/store_rows.ts";

const config = {
  profile: { relayUrl: "ws://relay.example/", write: "ilp", connectorBtp: "btp+ws://c.example" },
  get: (name: string) => name === "limits.event_bytes" ? 65_536 : 32_000,
} as unknown as Config;

const FLAGS: JobFlags = {
  type: "ci-run",
  kind: 5601,
  input: "https://host.example/project.git#main",
  params: [["command", "make test"], ["image", "none"]],
  platform: "linux/arm64",
  tags: ["ci-cd-linux", "gpu"],
  bidUnits: 2n ** 70n,
  provider: null,
  relays: ["ws://relay.example/"],
  timeoutS: 77,
  limitBytes: 32_000,
};

const { build, assign } = intake({ clock: () => NOW_S * 1_000 });

/** The row of the job with these flags, at a provider. */
async function rowOf(flags: JobFlags): Promise<JobRow> {
  const { request, eventId } = assign(await build(flags, BUYER), PROVIDER);
  const { type, timeoutS } = flags;
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  return job({ eventId, kind: request.kind, type, timeoutS, provider: PROVIDER, request: bytes });
}

for (
  const { name, more } of [
    { name: "a repository, params, tags, platform and bid", more: {} },
    { name: "a text alone", more: { type: "echo", kind: 5600, input: "hi", params: [] } },
    {
      name: "no input, no bid and no platform",
      more: { input: null, bidUnits: null, platform: null, tags: [] },
    },
    { name: "standard input", more: { input: null, stdin: new TextEncoder().encode("a\nb\n") } },
    { name: "the payment mode on-delivery", more: { payment: "on-delivery" } },
    { name: "the payment mode metered", more: { payment: "metered" } },
  ] satisfies readonly { readonly name: string; readonly more: Partial<JobFlags> }[]
) {
  Deno.test(`flagsOfRequest() gives flags that build the same request: ${name}`, async () => {
    const flags = { ...FLAGS, ...more };
    const row = await rowOf(flags);
    const again = flagsOfRequest(config, row, null);
    const { bidUnits, platform, timeoutS, limitBytes, provider, payment } = again;
    assert.deepEqual(
      { bidUnits, platform, timeoutS, limitBytes, provider, payment },
      {
        bidUnits: flags.bidUnits,
        platform: flags.platform,
        timeoutS: 77,
        limitBytes: 32_000,
        provider: null,
        payment: flags.payment,
      },
    );
    assert.deepEqual((await rowOf(again)).request, row.request);
  });
}

Deno.test("flagsOfRequest() reads the requirements that are stored with the job", async () => {
  const row = await rowOf(FLAGS);
  const requirements = parseRequirements("arch=amd64,memory>=8G");
  const again = flagsOfRequest(config, row, storedRequirements(requirements));
  assert.deepEqual(again.requirements, requirements);
  assert.deepEqual(flagsOfRequest(config, row, null).requirements, []);
});

Deno.test("flagsOfRequest() refuses a request that this home cannot write again", async () => {
  const row = await rowOf(FLAGS);
  const request = JSON.parse(new TextDecoder().decode(row.request));
  for (
    const tags of [
      [...request.tags, ["encrypted"]],
      [...request.tags, ["i", "a second input", "text"]],
    ]
  ) {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...request, tags }));
    assert.throws(() => flagsOfRequest(config, { ...row, request: bytes }, null), {
      name: "CommandError",
      code: "no_rerun",
    });
  }
});
