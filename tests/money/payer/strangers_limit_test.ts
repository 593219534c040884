/** The limit of what strangers are paid before their result, when payments are signed. */
import assert from "node:assert/strict";
import { aboveStrangersLimit, StrangersRoom } from "../../../money/payer/strangers_room.ts";
import type { PacketOutcome } from "../../../money/claims/outcome.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { ACK, code, DAY_MS, FULFILL, inProcess, REJECT, withFolder } from "./spending_home.ts";

const LIMITS = { jobUnits: 10_000n, providerDayUnits: 10_000n, strangersDayUnits: 100n };
const BOB = "b".repeat(64);
const CAROL = "e".repeat(64);
const bob = { provider: BOB };

const SUCCESS = { status: "success", exitCode: 0 } as const;

/** Runs in one process over a new home. */
const inHome = (run: Parameters<typeof inProcess>[1]) =>
  withFolder((folder) => inProcess(folder, run, LIMITS));

function message(outcome: PacketOutcome): string {
  return outcome.state === "refused" ? outcome.message : "";
}

Deno.test("SpendingGuard lets all strangers together be paid the limit of a day upfront, also after a restart", () =>
  withFolder(async (folder) => {
    await inProcess(folder, async ({ make, pay }) => {
      assert.equal(code(await pay(60n, "job:1", await make("1", 60n))), "fulfilled");
      const above = await pay(41n, "job:2", await make("2", 41n, BOB), bob);
      assert.equal(code(above), "strangers");
      assert.match(message(above), /bbbbbbbb\.\.\. would be paid 41 units before its result/);
      assert.match(message(above), /with 60 units that strangers were paid today/);
    }, LIMITS);
    await inProcess(folder, async ({ make, pay, state }) => {
      const id = await make("3", 40n, BOB);
      assert.equal(code(await pay(41n, "job:3", id, bob)), "strangers");
      assert.equal(code(await pay(40n, "job:3", id, bob)), "fulfilled", "up to the limit");
      assert.equal(
        code(await pay(1n, "job:4", await make("4", 1n, CAROL), { provider: CAROL })),
        "strangers",
      );
      state.nowMs += DAY_MS;
      assert.equal(
        code(await pay(1n, "job:4", "job-4", { provider: CAROL })),
        "fulfilled",
        "a new day",
      );
    }, LIMITS);
  }));

Deno.test("SpendingGuard lets payments on two channels at once pay strangers no more than the limit", () =>
  inHome(async ({ make, pay }) => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, async (_, at) => {
      const provider = String(at).padStart(2, "0").repeat(32);
      const id = await make(`${at}`, 30n, provider);
      return await pay(30n, `job:${at}`, id, { provider, channel: at % 2 === 0 ? 0 : 1 });
    }));
    assert.equal(outcomes.filter((outcome) => code(outcome) === "fulfilled").length, 3);
    assert.equal(outcomes.filter((outcome) => code(outcome) === "strangers").length, 17);
  }));

Deno.test("SpendingGuard lets a provider hold upfront what it delivered before, and no more than that", () =>
  inHome(async ({ make, pay, patch }) => {
    const first = await make("1", 50n);
    assert.equal(code(await pay(50n, "job:1", first)), "fulfilled");
    await patch(first, SUCCESS);
    // The result gives no room back.
    assert.equal(code(await pay(51n, "job:2", await make("2", 51n, BOB), bob)), "strangers");
    assert.equal(code(await pay(50n, "job:2", "job-2", bob)), "fulfilled");
    // The limit is used up; what history covers is paid nevertheless.
    assert.equal(code(await pay(51n, "job:3", await make("3", 51n))), "strangers");
    assert.equal(code(await pay(50n, "job:3", "job-3")), "fulfilled");
    assert.equal(code(await pay(1n, "job:4", await make("4", 1n))), "strangers", "50 are at risk");
    await patch("job-3", { status: "timeout" });
    assert.equal(code(await pay(1n, "job:4", "job-4")), "strangers", "and stay lost");
  }));

Deno.test("SpendingGuard counts a failed run neither as history nor as at risk", () =>
  inHome(async ({ make, pay, patch, state }) => {
    await pay(90n, "job:1", await make("1", 90n));
    await patch("job-1", { status: "success", exitCode: 1 });
    await pay(10n, "job:2", await make("2", 10n));
    await patch("job-2", SUCCESS);
    assert.equal(
      code(await pay(11n, "job:3", await make("3", 11n))),
      "strangers",
      "10 were delivered",
    );
    assert.equal(code(await pay(10n, "job:3", "job-3")), "fulfilled");
    state.nowMs += DAY_MS;
    // 10 are at risk and 10 were delivered.
    assert.equal(code(await pay(101n, "job:4", await make("4", 101n))), "strangers");
    assert.equal(code(await pay(100n, "job:4", "job-4")), "fulfilled");
  }));

Deno.test("SpendingGuard gives back the room of a payment that was refused, unless the refusal cost its amount", () =>
  inHome(async ({ make, pay, cancel, state }) => {
    state.answer = { packet: REJECT, ack: ACK };
    assert.equal(code(await pay(100n, "job:1", await make("1", 100n))), "T00");
    // It may be paid again, so its place stays reserved until the job is over.
    assert.equal(code(await pay(1n, "job:2", await make("2", 60n, BOB), bob)), "strangers");
    await cancel("job-1");
    state.answer = { packet: REJECT, ack: null };
    assert.equal(code(await pay(60n, "job:2", "job-2", bob)), "T00", "a strict peer keeps it");
    await cancel("job-2");
    const other = { channel: 1 } as const;
    state.answer = { packet: FULFILL, ack: ACK };
    assert.equal(code(await pay(40n, "job:4", await make("4", 40n), other)), "fulfilled");
    assert.equal(
      code(await pay(1n, "job:3", await make("3", 1n, CAROL), { provider: CAROL, ...other })),
      "strangers",
    );
  }));

Deno.test("SpendingGuard counts a deposit and a first increment, and neither keys nor later increments", () =>
  inHome(async ({ make, pay, patch }) => {
    const sealed = await make("1", 99n);
    assert.equal(
      code(await pay(99n, "job:1", sealed)),
      "fulfilled",
      "a deposit of nearly the whole price",
    );
    assert.equal(code(await pay(2n, "job:2", await make("2", 2n, BOB), bob)), "strangers");
    assert.equal(code(await pay(500n, "delivery:1", sealed)), "fulfilled", "the key");
    assert.equal(
      code(await pay(1n, "job:3", await make("3", 1n, CAROL), { provider: CAROL })),
      "fulfilled",
    );
    for (let number = 2; number < 5; number++) {
      const paid = await pay(1n, `increment:3:${number}`, "job-3", { provider: CAROL });
      assert.equal(code(paid), "fulfilled");
    }
    // All that was paid for a job that went well is history.
    await patch(sealed, SUCCESS);
    assert.equal(code(await pay(599n, "job:4", await make("4", 599n))), "fulfilled");
    assert.equal(code(await pay(1n, "job:5", await make("5", 1n))), "strangers");
  }));

Deno.test("SpendingGuard pays for no write of a job when others have reserved the strangers' room, and keeps the place across a restart", () =>
  withFolder(async (folder) => {
    await inProcess(folder, async ({ make, pay }) => {
      const ids = [await make("1", 60n), await make("2", 60n, BOB)];
      const writes = await Promise.all(ids.map((id, at) => pay(5n, `write:${at + 1}`, id)));
      assert.deepEqual(writes.map(code).toSorted(), ["fulfilled", "strangers"]);
      assert.equal(code(writes[0]), "fulfilled");
      assert.equal(code(await pay(5n, "write:3", await make("3", 40n, BOB))), "fulfilled");
    }, LIMITS);
    await inProcess(folder, async ({ make, pay }) => {
      assert.equal(
        code(await pay(1n, "job:9", await make("9", 1n, CAROL), { provider: CAROL })),
        "strangers",
      );
      assert.equal(code(await pay(60n, "job:1", "job-1")), "fulfilled");
      assert.equal(code(await pay(40n, "job:3", "job-3", bob)), "fulfilled");
      assert.equal(code(await pay(1n, "job:9", "job-9", { provider: CAROL })), "strangers");
    }, LIMITS);
  }));

Deno.test("SpendingGuard counts both providers of a job that was passed on, and only the one with the result as having delivered", () =>
  inHome(async ({ make, pay, patch }) => {
    const id = await make("1", 50n);
    assert.equal(code(await pay(50n, "job:1", id)), "fulfilled");
    await patch(id, { provider: BOB });
    assert.equal(code(await pay(50n, "job:1b", id, bob)), "fulfilled");
    await patch(id, SUCCESS);
    assert.equal(code(await pay(50n, "job:2", await make("2", 50n, BOB), bob)), "fulfilled");
    assert.equal(code(await pay(1n, "job:3", await make("3", 1n))), "strangers");
  }));

Deno.test("SpendingGuard.change() lowers the strangers' limit for every later payment, and 0 allows none without history", () =>
  inHome(async ({ make, pay, patch, guard }) => {
    await pay(50n, "job:1", await make("1", 50n));
    await patch("job-1", SUCCESS);
    await guard.change({ ...LIMITS, strangersDayUnits: 0n, windowUnits: 1_000n });
    assert.equal(code(await pay(1n, "job:2", await make("2", 1n, BOB), bob)), "strangers");
    assert.equal(code(await pay(50n, "job:3", await make("3", 50n))), "fulfilled");
  }));

Deno.test("StrangersRoom counts planned payments in any order the same, and aboveStrangersLimit() names amounts in the asset", () => {
  const budgets = {
    reserved: { a: 20n },
    histories: { a: { deliveredUnits: 50n, riskUnits: 10n } },
    strangersUnits: 5n,
  };
  const room = new StrangersRoom(30n, budgets);
  assert.equal(room.over("a", 20n), null, "covered");
  assert.equal(room.over("a", 45n), null, "25 above");
  assert.deepEqual(room.over("a", 46n), { partUnits: 26n, countedUnits: 5n });
  // In the place of what is reserved for it.
  assert.equal(room.over("a", 65n, 20n), null);
  room.reserve("b", 25n);
  assert.equal(room.over("a", 20n), null);
  const above = room.over("c", 1n)!;
  assert.deepEqual(above, { partUnits: 1n, countedUnits: 30n });
  assert.equal(new StrangersRoom(undefined, budgets).over("c", 10n ** 12n), null);
  const text = aboveStrangersLimit(
    "c".repeat(64),
    { partUnits: 300_000n, countedUnits: 800_000n },
    {
      strangersDayUnits: 1_000_000n,
      asset: M2M,
    },
  );
  assert.match(text, /0\.30 M2M before its result.* 0\.80 M2M .* 1\.00 M2M a day$/);
});
