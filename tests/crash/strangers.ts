/** What a buyer's store says of its providers, checked against its packets and jobs: docs/money.md#strangers. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { STRANGERS_UNITS } from "./plan.ts";

/** Throws AssertionError if a sum is not that of the packets and jobs, or if strangers were paid more in a day than the limit. */
export function checkStrangers(file: string): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const of = (sql: string) => db.prepare(sql).all() as Record<string, string>[];
    const paid = new Map<string, { paid: bigint; upfront: bigint }>();
    const packets = of(
      `SELECT obligation, amount, json_extract(about, '$.jobId') AS job_id,
         json_extract(about, '$.provider') AS provider
       FROM outgoing WHERE state <> 'refused' AND json_extract(about, '$.provider') IS NOT NULL`,
    );
    for (const { obligation, amount, job_id: job, provider } of packets) {
      const key = `${job} ${provider}`;
      const sums = paid.get(key) ?? { paid: 0n, upfront: 0n };
      sums.paid += BigInt(amount);
      if (obligation.startsWith("job:")) sums.upfront += BigInt(amount);
      paid.set(key, sums);
    }
    const histories = new Map<string, { delivered: bigint; risk: bigint }>();
    let strangers = 0n;
    const rows = of(
      `SELECT p.*, j.status = 'success' AND j.provider = p.provider AS is_over,
         coalesce(j.exit_code, 0) = 0 AS is_well,
         p.job_id IN (SELECT job_id FROM job_verifications) AS is_compared
       FROM provider_payments p LEFT JOIN jobs j ON j.job_id = p.job_id AND j.role = 'buyer'`,
    );
    for (const row of rows) {
      const key = `${row.job_id} ${row.provider}`;
      const sums = paid.get(key) ?? { paid: 0n, upfront: 0n };
      paid.delete(key);
      assert.deepEqual(
        { paid: BigInt(row.paid_units), upfront: BigInt(row.upfront_units) },
        sums,
        `${key}: what it was paid is not what its packets say`,
      );
      const outcome = Number(row.is_over) !== 1 ? "open" : Number(row.is_well) === 0
        ? "answered"
        // Of jobs that are compared, an answer counts once it was accepted.
        : Number(row.is_compared) === 1 && row.outcome === "answered"
        ? "answered"
        : "delivered";
      assert.equal(row.outcome, outcome, `${key}: its provider's history is not that of its job`);
      const history = histories.get(row.provider) ?? { delivered: 0n, risk: 0n };
      if (outcome === "delivered") history.delivered += sums.paid;
      if (outcome === "open") history.risk += sums.upfront;
      histories.set(row.provider, history);
      strangers += BigInt(row.stranger_units);
    }
    assert.deepEqual([...paid.keys()], [], "payments that no history knows");
    for (const row of of("SELECT * FROM provider_history")) {
      const { delivered, risk } = histories.get(row.provider) ?? { delivered: 0n, risk: 0n };
      assert.deepEqual(
        [BigInt(row.delivered_units), BigInt(row.risk_units)],
        [delivered, risk],
        `${row.provider}: its history is not the sum of its jobs`,
      );
    }
    let counted = 0n;
    for (const { subject, units } of of("SELECT * FROM budgets WHERE subject LIKE 'strangers:%'")) {
      assert.ok(BigInt(units) <= STRANGERS_UNITS, `${subject}: ${units} units are above the limit`);
      counted += BigInt(units);
    }
    assert.equal(counted, strangers, "what strangers were paid is not the sum of their payments");
  } finally {
    db.close();
  }
}
