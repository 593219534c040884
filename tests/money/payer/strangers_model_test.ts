/** Random payments, refusals, results and restarts: what strangers hold for nothing stays within the limits of the days. */
import assert from "node:assert/strict";
import { randomOf } from "../../liars/parties.ts";
import { ACK, code, DAY_MS, FULFILL, inProcess, REJECT, withFolder } from "./spending_home.ts";

const LIMIT = 100n;
const LIMITS = { jobUnits: 10_000n, providerDayUnits: 10_000n, strangersDayUnits: LIMIT };
const SEEDS = 8;
const STEPS = 60;
const PROVIDERS = ["a", "b", "d", "e"].map((letter) => letter.repeat(64));

Deno.test(`SpendingGuard keeps what ${PROVIDERS.length} providers hold above what they delivered within the limits of the days, by ${SEEDS} seeds`, async () => {
  const came = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomOf(seed);
    await withFolder(async (folder) => {
      let days = 1;
      let made = 0;
      /** Jobs that were paid, and their providers. */
      const open: string[] = [];
      for (let life = 0; life < 2; life++) {
        await inProcess(folder, async ({ make, pay, patch, cancel, state, store }) => {
          state.nowMs += (days - 1) * DAY_MS;
          for (let step = 0; step < STEPS / 2; step++) {
            const provider = PROVIDERS[random(PROVIDERS.length)];
            if (random(20) === 0) {
              days++;
              state.nowMs += DAY_MS;
            }
            if (open.length > 0 && random(3) === 0) {
              const [id] = open.splice(random(open.length), 1);
              const ends = [
                { status: "success", exitCode: 0 },
                { status: "success", exitCode: 1 },
                { status: "timeout" },
              ] as const;
              await patch(id, ends[random(3)]);
              continue;
            }
            // Two payments at once, on two channels.
            const both = await Promise.all([0, 1].map(async (channel) => {
              const event = `${++made}`;
              const units = BigInt(1 + random(60));
              const id = await make(event, units, provider);
              const written = random(2) === 0 ? await pay(1n, `write:${event}`, id) : null;
              state.answer = { packet: random(4) === 0 ? REJECT : FULFILL, ack: ACK };
              const paid = written !== null && code(written) !== "fulfilled"
                ? written
                : await pay(units, `job:${event}`, id, { provider, channel: channel as 0 | 1 });
              if (code(paid) === "fulfilled") open.push(id);
              if (code(paid) !== "fulfilled" || random(2) === 0) await cancel(id);
              return code(paid);
            }));
            for (const each of both) came.set(each, (came.get(each) ?? 0) + 1);
            const { histories, strangersUnits } = await store.budgets({
              jobs: [],
              providers: PROVIDERS,
              nowMs: state.nowMs,
            });
            assert.ok(strangersUnits <= LIMIT, `seed ${seed}: ${strangersUnits} today`);
            const held = Object.values(histories).reduce(
              (sum, { riskUnits, deliveredUnits }) =>
                sum + (riskUnits > deliveredUnits ? riskUnits - deliveredUnits : 0n),
              0n,
            );
            assert.ok(held <= LIMIT * BigInt(days), `seed ${seed}: ${held} held in ${days} days`);
          }
        }, LIMITS);
      }
    });
  }
  for (const each of ["fulfilled", "strangers", "T00"]) {
    assert.ok((came.get(each) ?? 0) > 20, `${each}: ${came.get(each)}`);
  }
});
