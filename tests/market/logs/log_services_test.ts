/** The services that ask for a job's log and answer, over a real relay: as a home without a connector runs them. */
import assert from "node:assert/strict";
import { inflate } from "../../../market/logs/deflate.ts";
import { definition as asking } from "../../../market/logs/job_log_service.ts";
import { jobLogWriter } from "../../../market/logs/job_log_writer.ts";
import { definition as answering } from "../../../market/logs/relay_log_service.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { asPubkey } from "../../../protocols/nostr/event.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import { PLAIN_IDENTITY } from "../../network/relay/plain_identity.ts";
import { surroundings } from "../../stages/surroundings.ts";
import { job } from "../../store/store_rows.ts";
import { until } from "../../until.ts";
import { PAYER, STRANGER, TOWN } from "../terms/parties.ts";

const context = { clock: Date.now, log: () => undefined, count: () => undefined };

Deno.test("the services job-logs and job-log-answers bring a provider's log to its buyer over a relay, and to nobody else", async () => {
  await using at = await surroundings();
  await using relay = await startRelayServer({
    file: ":memory:",
    identity: PLAIN_IDENTITY,
    write: "nostr",
  });
  const host = `127.0.0.1:${relay.port}`;
  const options = { relayUrl: `ws://${host}`, host };
  assert.deepEqual(asking.permissions(options), { net: [host] });
  assert.deepEqual(answering.permissions(options), { net: [host] });
  const request = await PAYER.sign({
    kind: 5601,
    created_at: Math.floor(Date.now() / 1_000),
    tags: [["i", "x", "text"]],
    content: "",
  });
  const jobId = "job-5abc123";
  const row = job({
    eventId: request.id,
    jobId,
    role: "provider",
    callbackSkill: null,
    status: "processing",
    jobPaid: true,
    buyer: PAYER.pubkey,
    provider: asPubkey(TOWN.pubkey),
    request: encodeToon(request, "1.4"),
  });
  await at.store.commit([{ op: "putJob", row }]);
  const log = jobLogWriter(at.store, jobId);
  log.write(new TextEncoder().encode("hello\n"));
  await log.end();

  const answers = await answering.start(
    options,
    { store: at.store, signer: TOWN.signer as never },
    context,
  );
  await until(() => relay.status().subscriptions > 0);
  const reader = await asking.start(options, { signer: PAYER.signer as never }, context);
  const stranger = await asking.start(options, { signer: STRANGER.signer as never }, context);
  try {
    const wanted = {
      requestId: request.id,
      provider: TOWN.pubkey,
      destination: "",
      offset: 0,
      waitMs: 0,
    };
    assert.equal(await reader.way(), "relay");
    // A stranger's question comes first, and gets no answer: the reader gives up when its service stops.
    const refused = assert.rejects(stranger.read(wanted), { name: "JobLogReadError" });
    const { pieces: [piece, ...others], endBytes, ended } = await reader.read(wanted);
    assert.deepEqual([others.length, endBytes, ended], [0, 6, false]);
    const bytes = await inflate(piece.deflated, piece.sizeBytes);
    assert.equal(new TextDecoder().decode(bytes), "hello\n");
    await asking.stop!(stranger);
    await refused;
  } finally {
    for (const each of [reader, stranger]) await asking.stop!(each);
    await answering.stop!(answers);
  }
});

Deno.test("the service job-logs may reach its connectors alone", () => {
  const connectors = [{ host: "127.0.0.1:7001" }, { host: "127.0.0.1:7002" }];
  assert.deepEqual(asking.permissions({ connectors } as never), {
    net: ["127.0.0.1:7001", "127.0.0.1:7002"],
  });
});
