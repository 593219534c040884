/** Jobs whose input or result is too large for an event, on the real network, with real commands in the sandbox. */
import assert from "node:assert/strict";
import { urlAt } from "../../../blobs/blob_reference.ts";
import type { Home } from "../../../home/home.ts";
import { awaitJob } from "../../../home/job_deadline.ts";
import { commitJob, listenForAnswers, planJob } from "../../../home/job_flow.ts";
import { startOutbound } from "../../../home/outbound.ts";
import type { JobFlags } from "../../../market/intake.ts";
import { definition as market } from "../../../market/market_service.ts";
import { byReference, packBytes } from "../../../market/pack_input.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { noise } from "../../blobs/blob_server.ts";
import { approveSkill, writeSkill } from "../../skills/skill_files.ts";
import { devWorld, noCallbacks } from "./dev_home.ts";

const JOB: JobFlags & { readonly callbackSkill: null } = {
  type: "ci-run",
  input: null,
  params: [["command", "sha256sum data.bin; wc -c < data.bin"]],
  platform: null,
  tags: [],
  bidUnits: null,
  provider: null,
  relays: [],
  timeoutS: 120,
  limitBytes: 32_767,
  callbackSkill: null,
};
const never = new AbortController().signal;
const reader = await market.start({}, {}, { clock: Date.now });

async function buy(buyer: Home, flags: typeof JOB): Promise<JobRow> {
  const row = await commitJob(buyer, await planJob(buyer, reader, flags), flags);
  const answers = await listenForAnswers(buyer, [row], noCallbacks(buyer));
  answers.done.catch(() => {});
  const ended = await awaitJob(buyer, row.jobId, never);
  await answers.drain(120_000);
  return ended;
}

Deno.test("jobs whose input or result is too large for an event", async (t) => {
  await using world = await devWorld();
  const provider = await world.open("provider");
  const skill = `${world.layout.providerHome}/skills/many`;
  await writeSkill(
    skill,
    'kinds = [5650]\nprice = { flat_units = 200000 }\nlimits = { output_bytes = 1000000 }\n[run]\nrunner = "command"\n' +
      'command = ["sh", "-c", "seq 1 30000"]\n',
  );
  await approveSkill(world.layout.providerHome, skill);
  const serving = await world.provide(provider);
  const buyer = await world.open("buyer");
  while ((await buyer.relayReader.announcements([5650])).length === 0);
  const sending = await startOutbound(buyer, { follow: true });
  await sending.ready;

  await t.step("ci-run fetches an input of 1 MB by its reference", async () => {
    const bytes = noise(1_000_000);
    const packed = packBytes(bytes, "it", "data.bin", {
      limitBytes: 32_767,
      largeBytes: 2_000_000,
    });
    assert.equal(packed.large?.length, bytes.length);
    const reference = await buyer.blobs.put({ bytes });
    const ended = await buy(buyer, { ...JOB, packed: byReference(packed, reference) });
    assert.deepEqual([ended.status, ended.exitCode], ["success", 0]);
    const { log } = await reader.readResult(ended.kind, ended.result!);
    assert.equal(log, `${reference.sha256}  data.bin\n1000000\n`);
  });

  await t.step("an input that no server has is an error with its code", async () => {
    const packed = packBytes(noise(100_000, 5), "it", "data.bin", {
      limitBytes: 32_767,
      largeBytes: 200_000,
    });
    const sha256 = "ab".repeat(32);
    const [server] = (await buyer.blobs.put({ bytes: noise(10) })).urls;
    const url = urlAt(new URL(server!).origin, sha256);
    const blob = { sha256, size: 100_000, urls: [url] };
    const ended = await buy(buyer, { ...JOB, packed: byReference(packed, blob) });
    assert.deepEqual([ended.status, ended.errorCode], ["error", "input_not_there"]);
  });

  await t.step("a result above the limit comes back by reference and is verified", async () => {
    const flags = { ...JOB, type: "many", kind: 5650, input: "x", params: [] };
    const ended = await buy(buyer, flags);
    assert.deepEqual([ended.status, ended.errorCode, ended.errorMessage], ["success", null, null]);
    const { content, blob } = await reader.readResult(ended.kind, ended.result!);
    assert.equal(content, undefined);
    const { path } = await buyer.blobs.fetch(blob!, { maxBytes: 1 << 20 });
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    assert.deepEqual([lines.length, lines[0], lines.at(-1)], [30_000, "1", "30000"]);
  });

  await sending.drain(120_000);
  await serving.drain(120_000);
  assert.deepEqual(world.fatal, []);
});
