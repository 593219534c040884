/**
 * Rules that are broken on purpose, in a copy of the program: the harness must notice each. A change must fit its place exactly once,
 * so that a mutant does not turn into the program itself when the program moves on.
 */
import { at, type Mutant } from "./mutant.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "a receiver looks at the expiry before its table",
    patches: [{
      file: "money/receiver/receiver.ts",
      from: "    let claim: Claim;\n    try {\n",
      to: `    if (prepare !== null && prepare.expiresAtMs <= this.deps.timers.now()) {
      const ack = { result: "accepted", nonce: 0, credited: 0n, spent: 0n, held: 0n } as const;
      return { packet: this.#refusals.reject("R00", "Expired"), ack };
    }
    let claim: Claim;\n    try {\n`,
    }],
    shownBy: at("hub", "receiver.before_answer", "commit.receiver_w2.after"),
    leaps: true,
  },
  {
    name: "a connector has no limit of write-offs",
    patches: [{
      file: "money/payer/write_offs.ts",
      from: "return this.#today() + amount <= this.limitUnits;",
      to: "return amount >= 0n;",
    }],
    shownBy: [],
    shownAtOnce: true,
    mode: "collusion",
  },
  {
    name: "a connector forgets in a restart what it wrote off today",
    patches: [{
      file: "money/payer/packet_sender.ts",
      from: "const units = await store.writtenOff(channelId, startOfDayMs(day));",
      to: "const units = 0n;",
    }],
    shownBy: at("hub", "commit.connector_write_off.after", "commit.connector_w2.after"),
    mode: "collusion",
  },
  {
    name: "a connector answers R00 while its next hop is unknown",
    patches: [{
      file: "network/connector/write_off_watch.ts",
      from: "now - row.receivedAtMs < this.writeOffMs",
      to: "now - row.receivedAtMs < 30_000",
    }],
    shownBy: at("provider", "commit.receiver_w2.after", "receiver.before_answer"),
    leaps: true,
  },
  {
    name: "a payer's own clock closes a packet",
    patches: [
      {
        file: "money/payer/packet_outcomes.ts",
        from: "    return !this.keepsCredit && this.deps.timers.now() >= packet.expiresAtMs;\n",
        to: "    return this.deps.timers.now() >= packet.expiresAtMs;\n",
      },
      {
        file: "money/payer/packet_outcomes.ts",
        from: "    const found = await this.deps.evidence?.",
        to: `    return await this.#close(packet, "refused", null, false);
    const found = await this.deps.evidence?.`,
      },
    ],
    shownBy: at("hub", "commit.receiver_w2.after", "receiver.before_answer"),
    leaps: true,
  },
  {
    name: "a payer takes the refusal of a claim for that of the payment",
    patches: [{
      file: "money/payer/claim_refusal.ts",
      from: `return PASSING.has(reason) ? "renew" : "final";`,
      to: `return "packet";`,
    }],
    shownBy: at("buyer", "commit.cursor.after"),
    mode: "network",
    weather: { overtaken: 500 },
  },
  {
    name: "a packet leaves before it is durable",
    patches: [
      {
        file: "money/payer/packet_sender.ts",
        from: "    const committed = this.#commit(() => [\n      ...packets.flatMap(",
        to:
          "    const left = new Promise((resolve) => setTimeout(resolve, 1));\n    const committed = left.then(() => this.#commit(() => [\n      ...packets.flatMap(",
      },
      {
        file: "money/payer/packet_sender.ts",
        from: "    ], packets);\n    for (const packet of packets) {\n      if (packet.incoming)",
        to: "    ], packets));\n    for (const packet of packets) {\n      if (packet.incoming)",
      },
      {
        file: "money/payer/packet_sender.ts",
        from:
          "      if (!await committed || ledger !== this.ledger) return;\n      for (const packet of packets) {\n        this.#ask.committed(packet.nonce);\n        this.#send(packet);\n      }\n",
        to:
          "      for (const packet of packets) {\n        this.#ask.committed(packet.nonce);\n        this.#send(packet);\n      }\n      if (!await committed || ledger !== this.ledger) return;\n",
      },
    ],
    shownBy: at("buyer", "commit.payer_w1.before"),
  },
  {
    name: "a buyer books a result in one commit and the sale of its key in another",
    patches: [{
      file: "stages/prepare_sink_books.ts",
      from: "      if (opened !== null) changes.push(...opened);\n",
      to: `      if (opened !== null) {
        await store.commit([...changes.splice(0), ...opened.filter(({ op }) => op === "patchJob")]);
        changes.push(...opened.filter(({ op }) => op !== "patchJob"));
      }\n`,
    }],
    shownBy: at("buyer", "commit.delivery_settled.before"),
    jobs: "sealed",
  },
  {
    name: "a provider books the sale of a key before the payment of it",
    patches: [{
      file: "market/deliver_result.ts",
      from: "      const updatedAtMs = deps.clock();\n",
      to: `      const updatedAtMs = deps.clock();
      const sold = { op: "settleSealed", eventId, role: "provider", state: "sold", key: null };
      await (deps.store as unknown as { commit(of: unknown[]): Promise<void> }).commit([sold]);\n`,
    }],
    shownBy: at("provider", "commit.delivery_settled.after"),
    jobs: "sealed",
  },
  {
    name: "a provider books an increment before the payment of it",
    patches: [{
      file: "market/meter_terminal.ts",
      from: "      const atMs = deps.clock();\n",
      to: `      const atMs = deps.clock();
      const booked = { op: "payIncrement", eventId: job.eventId, role: "provider", number, atMs };
      await (deps.store as unknown as { commit(of: unknown[]): Promise<void> }).commit([booked]);\n`,
    }],
    shownBy: at("provider", "commit.increment_paid.after"),
    jobs: "metered",
  },
  {
    name: "a provider gives a result before its last increment is paid",
    patches: [{
      file: "stages/skill_sink_meter.ts",
      from: "      if (!held) return null;\n",
      to: "      if (!held || signal !== null) return null;\n",
    }, {
      // A buyer that pays in time hides the fault.
      file: "stages/prepare_sink_increments.ts",
      from: "  } else if (clock() < paysFromMs(",
      to: "  } else if (clock() - 3_000 < paysFromMs(",
    }],
    shownBy: [],
    shownAtOnce: true,
    jobs: "metered",
  },
  {
    name: "a buyer pays for output that it has not received",
    patches: [{
      file: "stages/prepare_sink_increments.ts",
      from: "    if (!await hasReceived(item, meter, services, signal)) {",
      to: "    if (meter.paid > 1e9 && !await hasReceived(item, meter, services, signal)) {",
    }],
    shownBy: [],
    shownAtOnce: true,
    jobs: "printed",
  },
  {
    name: "a buyer with two connectors does not look which one has its packet",
    patches: [{
      file: "peers/connector/many_connectors.ts",
      from: "    if (row === undefined) return null;\n",
      to: "    if (row === undefined || row.nonce > 0) return null;\n",
    }, {
      // The payer of the second one looks too.
      file: "money/payer/payer.ts",
      from: 'const open = rows.find((row) => row.state === "open");',
      to:
        'const open = rows.find((row) => row.state === "open" && row.channelId === this.channelId);',
    }],
    mode: "pair",
    // The first connector has the packet, and is away when the buyer starts again.
    shownBy: at("near", "connector.before_forward", "commit.connector_w1.after"),
    downMs: 7_000,
    kill: { role: "buyer", afterMs: 2_000 },
  },
  {
    name: "a home makes jobs in one commit and compares them in another",
    patches: [{
      file: "home/client/home_methods.ts",
      from: "      await store.commit([...jobs.flatMap(changesOf), comparing(jobs, rule)]);\n",
      to:
        "      await store.commit(jobs.flatMap(changesOf));\n      await store.commit([comparing(jobs, rule)]);\n",
    }],
    shownBy: at("buyer", "commit.jobs_compared.before"),
    jobs: "compared",
  },
  {
    name: "a home makes the third job of a challenge before it joins it",
    patches: [{
      file: "home/client/home_methods.ts",
      from: "      await store.commit(thirdChanges(third));\n",
      to:
        "      await store.commit(thirdChanges(third).slice(0, -1));\n      await store.commit(thirdChanges(third).slice(-1));\n",
    }],
    shownBy: at("buyer", "commit.third_compared.before"),
    jobs: "compared",
  },
  {
    name: "a home books a result in one commit and the history of its provider in another",
    patches: [{
      file: "store/job_changes.ts",
      from: "  followJob(context, merged);\n",
      to: "  setTimeout(() => followJob(context, merged), 20);\n",
    }],
    shownBy: at("buyer", "commit.event_seen.after", "commit.job_patched.after"),
  },
  {
    name: "a buyer stores the quote of the next provider in one commit and what it pays in another",
    patches: [{
      file: "stages/prepare_sink_successor.ts",
      from: '    await store.commit([{\n      op: "quoteSuccessor",\n',
      to: `    const stored = { eventId, quote: bytes, condition: quote.condition, atMs };
    await store.commit([{ op: "putQuote", row: stored }]);
    await store.commit([{\n      op: "quoteSuccessor",\n`,
    }],
    shownBy: at("buyer", "commit.successor_quoted.before"),
    jobs: "passed",
  },
  {
    name: "a home replaces a silent provider in one commit and books what it was paid in another",
    patches: [{
      file: "store/job_failover.ts",
      from: "  db.run(JOB_ATTEMPTS.insert, ...stored);\n",
      to: "  setTimeout(() => db.run(JOB_ATTEMPTS.insert, ...stored), 20);\n",
    }],
    shownBy: at("buyer", "commit.silent_replaced.after"),
    jobs: "silent",
  },
  {
    name: "a home states what a quote costs in another commit than the one that orders its payment",
    patches: [{
      file: "store/paid_quotes.ts",
      from: '  patchJob(context, jobId, "buyer", { amountUnits,',
      to: '  if (atMs > 0) setTimeout(patchJob, 20, context, jobId, "buyer", { amountUnits,',
    }, {
      // A command that is given again would mend it.
      file: "home/client/offered_quote.ts",
      from: '    await store.commit([{ op: "payQuote", ...asked }]);\n',
      to: `    const { jobId } = asked;
    const rows = await (store as Store).pendingOutbox(0, 256, 0);
    if (rows.some((row) => row.jobId === jobId && row.purpose === "job")) return;
    await store.commit([{ op: "payQuote", ...asked }]);\n`,
    }],
    shownBy: at("buyer", "commit.quote_paid.after"),
    jobs: "quoted",
  },
  {
    name: "a buyer takes the late result of a provider that it replaced",
    patches: [{
      file: "stages/correlator.ts",
      from: "      const found = await services.store.answeredJob(id, event.pubkey);\n",
      to: `      const earlier = await services.store.attemptByEvent(id);
      const passed = earlier && await (services.store as Store).getJob(earlier.jobId, "buyer");
      const found = earlier && passed
        ? { job: { ...passed, provider: earlier.provider, eventId: id }, schema: null }
        : await services.store.answeredJob(id, event.pubkey);\n`,
    }],
    shownBy: [],
    shownAtOnce: true,
    jobs: "silent",
  },
  {
    name: "the audit does not look how far its repository is",
    patches: [{
      file: "trail/audit/git_sink.ts",
      from: "      return journal;\n",
      to: "      return null;\n",
    }],
    shownBy: at("buyer", "audit.imported", "audit.committed"),
    mode: "audited",
  },
];
