/** A whole market on `@nostr-relay`: `write = "nostr"`, no connector, free jobs. */
import assert from "node:assert/strict";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import { ForeignRelay } from "../relay/foreign_relay.ts";
import { until } from "../../until.ts";
import { withTime } from "../../with_time.ts";
import { Daemon, eventsOf, firstEvent, storedEvents, tagOf } from "./market.ts";
import { announced, ignore, left, market } from "./free_market.ts";

const STRANGER = new Uint8Array(32).fill(9);

Deno.test({
  name: `a free job runs over @nostr-relay, from announcement to verified result${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { relay, buyer, provider } = at;
    await using node = await Daemon.start("node", provider);
    assert.equal(node.ready.ilp_address, null);
    const announcement = await announced(relay.url, provider);
    assert.equal(tagOf(announcement, "ilp"), undefined, "without a connector it cannot be paid");
    assert.deepEqual(
      announcement.tags.find(([name, kind]) => name === "price" && kind === "5600")?.slice(2),
      ["0", "0", "units"],
    );

    const echoed = await buyer.run("job", "submit", "echo", "--input", "hello", "--wait");
    assert.equal(echoed.code, 0, JSON.stringify(echoed));
    const job = echoed.document;
    assert.equal(job.status, "success");
    assert.equal(job.provider, provider.pubkey);
    assert.deepEqual([job.paid.write_units, job.paid.job_units], ["0", "0"]);
    assert.match(JSON.stringify(job.result), /hello/);

    const project = `${at.root}/project`;
    await Deno.mkdir(project);
    await Deno.writeTextFile(`${project}/test.sh`, "echo it ran; exit 3\n");
    const tested = await buyer.run(
      ...["job", "submit", "ci-run", "--input", project],
      ...["--param", "command=sh test.sh", "--wait"],
    );
    assert.equal(tested.document.result?.exit_code, 3, JSON.stringify(tested));
    assert.match(JSON.stringify(tested.document.result), /it ran/);

    // Larger than a packet's data may be: for free results, only the limit of an event applies.
    await Deno.writeTextFile(`${project}/test.sh`, "head -c 24000 /dev/urandom | base64 -w 0\n");
    const large = await buyer.run(
      ...["job", "submit", "ci-run", "--input", project],
      ...["--param", "command=sh test.sh", "--wait"],
    );
    assert.equal(large.code, 0, JSON.stringify(large));
    assert.equal(large.document.result.log.length, 32_000);

    // The log comes over the relay while the job runs, and nothing of it is stored there.
    let slow = "";
    const still = await withTime([20, 90], async (seconds) => {
      await Deno.writeTextFile(`${project}/test.sh`, `echo first; sleep ${seconds}; echo last\n`);
      const submitted = await buyer.run(
        ...["job", "submit", "ci-run", "--input", project],
        ...["--param", "command=sh test.sh"],
      );
      slow = submitted.document.job_id;
      await until(async () => {
        const { document } = await buyer.run("job", "logs", slow);
        return String(document?.text ?? "").includes("first");
      });
      return await buyer.run("job", "status", slow);
      // Else it had ended before this machine looked.
    }, ({ document }) => document.result === null);
    assert.equal(still.document.result, null, JSON.stringify(still));
    const ended = await buyer.run("job", "wait", slow);
    assert.equal(ended.document.result.log, "first\nlast\n");
    assert.deepEqual(await storedEvents(relay.url, [{ kinds: [25_601, 25_602] }]), []);

    const verifier = await createVerifier();
    const events = await storedEvents(relay.url, [{ kinds: [5600, 6600, 7000] }]);
    const forJob = events.filter((event) =>
      event.id === job.event_id || tagOf(event, "e") === job.event_id
    );
    assert.deepEqual(forJob.map(({ kind }) => kind).sort(), [5600, 6600]);
    for (const event of forJob) {
      assert.equal(verifier.verify(event), "ok");
      assert.equal(event.pubkey, event.kind === 5600 ? buyer.pubkey : provider.pubkey);
    }

    const doctor = await buyer.run("doctor");
    assert.equal(doctor.document.ok, true, "a network without a connector is no failure");
    assert.equal(
      doctor.document.checks.find(({ name }: { name: string }) => name === "connector").status,
      "warn",
    );
    assert.equal(await node.stop(), 0);
  },
});

Deno.test({
  name: `a free job runs over @nostr-relay that serves only who proves their identity${left}`,
  ignore,
  async fn() {
    await using at = await market({ hostname: "127.0.0.1", requireAuth: true });
    await using _node = await Daemon.start("node", at.provider);
    const asStranger = {
      identity: () => Promise.resolve({ pubkey: publicKeyOf(STRANGER), paymentAddress: "0x" }),
      signEvents: (events: readonly Parameters<typeof signEvent>[0][]) =>
        Promise.resolve(events.map((event) => signEvent(event, STRANGER, new Uint8Array(32)))),
    };
    await firstEvent(at.relay.url, [{ kinds: [31_990] }], asStranger);
    const { code, document } = await at.buyer.run(
      ...["job", "submit", "echo", "--input", "proved", "--wait"],
    );
    assert.equal(code, 0, JSON.stringify(document));
    assert.match(JSON.stringify(document.result), /proved/);

    // The same when a daemon has the wallet and the command only plans.
    await using _mayor = await Daemon.start("mayor", at.buyer);
    const handed = await at.buyer.run("job", "submit", "echo", "--input", "handed", "--wait");
    assert.equal(handed.code, 0, JSON.stringify(handed));
    assert.match(JSON.stringify(handed.document.result), /handed/);
  },
});

Deno.test({
  name: `a job survives that @nostr-relay goes away while it runs and comes back${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { relay, buyer, provider } = at;
    await using _node = await Daemon.start("node", provider);
    await announced(relay.url, provider);
    const project = `${at.root}/project`;
    await Deno.mkdir(project);
    await Deno.writeTextFile(`${project}/test.sh`, "sleep 4; echo finished alone\n");
    const bought = buyer.run(
      ...["job", "submit", "ci-run", "--input", project],
      ...["--param", "command=sh test.sh", "--wait"],
    );
    const feedback = await firstEvent(relay.url, [{ kinds: [7000] }]);
    await buyer.untilLogged("feedback received");
    await relay.kill();
    await provider.untilLogged("job finished");
    await using again = await ForeignRelay.start({ file: `${at.root}/relay.db`, port: relay.port });
    const { code, document } = await bought;
    assert.equal(code, 0, JSON.stringify(document));
    assert.match(JSON.stringify(document.result), /finished alone/);

    // Events that arrived again after the reconnects, including the request, had no second effect.
    const request = tagOf(feedback, "e")!;
    const events = await storedEvents(again.url, [{ kinds: [6601, 7000], "#e": [request] }]);
    assert.deepEqual(events.map(({ kind }) => kind).sort(), [6601, 7000]);
    const started = (await provider.log()).match(/job started/g);
    assert.equal(started?.length, 1);
    await again.kill();
  },
});

Deno.test({
  name: `a provider that starts while @nostr-relay is away announces itself when it comes${left}`,
  ignore,
  async fn() {
    await using at = await market();
    await at.relay.kill();
    const offline = await at.buyer.run("job", "submit", "echo", "--input", "x", "--wait");
    assert.equal(offline.code, 1);
    assert.equal(offline.document.error.code, "offline");
    await using _node = await Daemon.start("node", at.provider);
    await at.provider.untilLogged("is tried again");
    await using again = await ForeignRelay.start({ port: at.relay.port });
    await announced(again.url, at.provider);
    const { code, document } = await at.buyer.run(
      ...["job", "submit", "echo", "--input", "x", "--wait"],
    );
    assert.equal(code, 0, JSON.stringify(document));
    await again.kill();
  },
});

Deno.test({
  name: `a provider with a price that nobody can pay says so, and is not chosen${left}`,
  ignore,
  async fn() {
    await using at = await market();
    await at.provider.configure(`relay_url = "${at.relay.url}"`, "[node]\nprice_units = 7");
    const node = await Daemon.start("node", at.provider);
    await announced(at.relay.url, at.provider);
    const { document } = await at.buyer.run("job", "submit", "echo", "--input", "x", "--wait");
    assert.equal(document.error.code, "no_provider");
    assert.equal(await node.stop(), 0);
    assert.match(await node.errors, /nobody can pay this provider on plain.*no connector/);
  },
});

Deno.test({
  name: `a stranger's result and the same result twice change nothing${left}`,
  ignore,
  async fn() {
    await using at = await market();
    const { relay, buyer, provider } = at;
    await using node = await Daemon.start("node", provider);
    await announced(relay.url, provider);
    const project = `${at.root}/project`;
    await Deno.mkdir(project);
    await Deno.writeTextFile(`${project}/test.sh`, "echo genuine\n");
    // Its answer comes after the forged one.
    node.pause();
    const bought = buyer.run(
      ...["job", "submit", "ci-run", "--input", project],
      ...["--param", "command=sh test.sh", "--wait"],
    );
    const request = await firstEvent(relay.url, [{ kinds: [5601] }]);
    using session = openRelaySession({ url: relay.url });
    const forged = signEvent(
      {
        kind: 6601,
        pubkey: publicKeyOf(STRANGER),
        created_at: request.created_at + 1,
        tags: [["e", request.id], ["p", buyer.pubkey]],
        content: JSON.stringify({ exit_code: 0, log: "forged" }),
      },
      STRANGER,
      new Uint8Array(32),
    );
    assert.equal((await session.publish(forged)).outcome, "accepted");
    await buyer.untilLogged("foreign_provider");
    node.resume();
    const { code, document } = await bought;
    assert.equal(code, 0, JSON.stringify(document));
    assert.match(JSON.stringify(document.result), /genuine/);

    const [result] = await storedEvents(relay.url, [{ kinds: [6601], authors: [provider.pubkey] }]);
    assert.notEqual((await session.publish(result!)).outcome, "refused");
    const shown = await buyer.run("job", "results", document.job_id);
    assert.match(JSON.stringify(shown.document), /genuine/);
    const seen: string[] = [];
    for await (const { kind } of eventsOf(relay.url, [{ kinds: [6601], "#e": [request.id] }])) {
      if (seen.push(String(kind)) === 2) break;
    }
    assert.deepEqual(seen, ["6601", "6601"], "the forged one stands there too");
  },
});
