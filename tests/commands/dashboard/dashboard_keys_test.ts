/** What the dashboard does when a key is pressed: what it asks, reads and orders. */
import assert from "node:assert/strict";
import type { Model, PaymentLine } from "../../../commands/dashboard/model.ts";
import { update } from "../../../commands/dashboard/update.ts";
import { view } from "../../../commands/dashboard/view.ts";
import { after, CONNECTED, keys, model, NOW_MS, PLAIN, screenOf } from "./dashboard_model.ts";

Deno.test("keys choose, open, filter and leave", () => {
  assert.equal(model().chosen, "job-2222222");
  assert.equal(after(model(), ...keys("down")).chosen, "job-1111111");
  assert.equal(after(model(), ...keys("down", "down", "down", "up")).chosen, "job-1111111");
  assert.equal(after(model(), ...keys("end")).chosen, "job-0000001");
  assert.equal(after(model(), ...keys("f")).chosen, "job-2222222", "open ones");
  assert.equal(after(model(), ...keys("f", "f")).chosen, "job-1111111", "failed ones");
  assert.deepEqual(update(model(), { is: "key", key: "return" }).effect, {
    do: "open",
    jobId: "job-2222222",
  });
  assert.deepEqual(update(model(), { is: "key", key: "q" }).effect, { do: "leave", stop: false });
  assert.deepEqual(update(model(), { is: "key", key: "ctrl+c" }).effect, {
    do: "leave",
    stop: false,
  });
});

Deno.test("where the dashboard holds the node, q only leaves, Ctrl-C also stops it, and both are shown", () => {
  const held = { ...model(), holds: true };
  assert.deepEqual(update(held, { is: "key", key: "q" }).effect, { do: "leave", stop: false });
  assert.deepEqual(update(held, { is: "key", key: "ctrl+c" }).effect, { do: "leave", stop: true });
  assert.match(screenOf(held), /q leave {2}Ctrl-C stop the node$/);
  const help = screenOf(after(held, ...keys("?")));
  assert.match(help, /q {10,}leave; the daemon goes on in this terminal, until Ctrl-C/);
  assert.match(help, /Ctrl-C {6,}leave, and stop the daemon/);
});

Deno.test("what spends or cannot be undone is done only after y", () => {
  for (
    const [key, effect] of [
      ["c", { do: "cancel", jobId: "job-2222222" }],
      ["x", { do: "stop" }],
    ] as const
  ) {
    const asked = update(model(), { is: "key", key });
    assert.equal(asked.effect, null, key);
    assert.deepEqual(update(asked.model, { is: "key", key: "y" }).effect, effect);
    const no = update(asked.model, { is: "key", key: "return" });
    assert.equal(no.effect, null);
    assert.equal(no.model.asked, null);
  }
  const over = update(after(model(), ...keys("end")), { is: "key", key: "c" });
  assert.equal(over.model.asked, null, "a job that is over is not cancelled");
  assert.match(over.model.note!.text, /is over: success/);
});

Deno.test("the keys of a question are never cut off", () => {
  const asked = {
    text: "buy job-2222222 again for 0.11979 M2M, at most 0.131769 M2M?",
    effect: { do: "stop" },
  } as const;
  const last = (columns: number) => screenOf({ ...model(), asked, columns }).split("\n").at(-1)!;
  assert.match(last(100), /M2M\? {2}y yes, any other key no$/);
  assert.match(last(80), /M2M\? {2}y yes, else no$/);
  assert.match(last(60), /^ y\/n buy job-2222222 again for 0\.11979 M2M/);
});

Deno.test("a shown job is read again only when it changed", () => {
  const open = after(model(), ...keys("return"));
  const same = update(open, { is: "look", look: open.look, events: [] });
  assert.equal(same.effect, null);
  const [first, ...rest] = open.look.jobs;
  const moved = { ...open.look, jobs: [{ ...first, updatedAtMs: NOW_MS }, ...rest] };
  assert.deepEqual(update(open, { is: "look", look: moved, events: [] }).effect, {
    do: "open",
    jobId: "job-2222222",
  });
});

Deno.test("the log of a running job is read again at each tick and its end is shown, until somebody scrolls", () => {
  const log = Array.from({ length: 100 }, (_, n) => `line ${n}`);
  const open = after(model(), ...keys("l"), {
    is: "opened",
    job: { jobId: "job-2222222", timeline: [], log },
  });
  const again = update(open, { is: "tick", nowMs: NOW_MS });
  assert.deepEqual(again.effect, { do: "open", jobId: "job-2222222" });
  const shows = (state: typeof open, line: string) =>
    view({ ...state, columns: 80, rows: 24 }, PLAIN).some((each) => each.trim() === line);
  assert.ok(shows(open, "line 99"));
  const scrolled = after(open, ...keys("pageup", "pageup", "pageup"));
  assert.ok(shows(scrolled, "line 69") && !shows(scrolled, "line 99"));
  assert.ok(shows(after(scrolled, ...keys("end")), "line 99"));
  // One that is over is not read again, and its result begins at the top.
  const over = after(model(), ...keys("down", "return"));
  assert.equal(update(over, { is: "tick", nowMs: NOW_MS }).effect, null);
});

Deno.test("update() asks before it buys a job again, pauses, or lets go on", () => {
  const shows = (state: Model, words: string) =>
    view({ ...state, columns: 80, rows: 24 }, PLAIN).some((each) => each.includes(words));
  const [yes] = keys("y");
  const priced = update(after(model(), ...keys("down")), { is: "key", key: "r" });
  assert.deepEqual(priced.effect, { do: "price", jobId: "job-1111111" });
  assert.ok(shows(priced.model, "asking what job-1111111 (ci-run) costs now"));
  assert.equal(
    update(priced.model, yes).effect,
    null,
    "nothing is bought before the price is known",
  );
  const rerun = { do: "rerun", jobId: "job-1111111", mostUnits: 33_000n } as const;
  const text = "buy job-1111111 again for 0.03 M2M, at most 0.033 M2M?";
  const again = after(priced.model, { is: "asks", asked: { text, effect: rerun } });
  assert.ok(shows(again, text));
  assert.deepEqual(update(again, yes).effect, rerun);
  // A price that comes while another question is open does not replace it.
  const other = after(model(), ...keys("x"), { is: "asks", asked: { text, effect: rerun } });
  assert.deepEqual(update(other, yes).effect, { do: "stop" });
  const pausing = after(model(), ...keys("p"));
  assert.ok(shows(pausing, "pause buying?"));
  assert.deepEqual(update(pausing, yes).effect, { do: "pause", side: "buying", pause: true });
  const live = { relay: CONNECTED, connector: CONNECTED, chain: null };
  const pausedSince = "2026-02-17T11:00:00.000Z";
  const paused = after(model(), {
    is: "daemon",
    daemon: { role: "node", pausedSince, skills: [], live, connectors: [] },
  });
  assert.ok(shows(paused, "PAUSED: sells nothing new"));
  const goesOn = update(after(paused, ...keys("p")), yes).effect;
  assert.deepEqual(goesOn, { do: "pause", side: "selling", pause: false });
  const none = after(model(), { is: "daemon", daemon: null }, ...keys("p"));
  assert.ok(none.asked === null && shows(none, "no daemon is up"));
});

Deno.test("t asks for the channel and the amount, and deposits after y", () => {
  const channel = (name: string, status: string, low: boolean) => ({
    ...{ name, status, low, depositUnits: 50_000_000n, usedUnits: 0n },
  });
  const { look } = model();
  const start = {
    ...model(),
    look: {
      ...look,
      channels: [
        channel("ch_11111111", "open", false),
        channel("ch_22222222", "closing", true),
        channel("ch_33333333", "open", true),
      ],
    },
  };
  const effectOf = (...pressed: readonly string[]) => {
    const asked = after(start, ...keys("t", ...pressed));
    return { asked, ...update(asked, { is: "key", key: "y" }) };
  };
  const asked = after(start, ...keys("t"));
  assert.match(
    screenOf(asked),
    /deposit 10\.00 M2M_ into ch_33333333 +digits, up\/down channel, Enter, Esc no/,
  );
  const proposed = effectOf("return");
  assert.match(screenOf(proposed.asked), /deposit 10\.00 M2M into ch_33333333\? +y yes/);
  assert.deepEqual(proposed.effect, {
    do: "top_up",
    channel: "ch_33333333",
    addUnits: 10_000_000n,
  });
  const typed = effectOf("2", ".", "5", "6", "backspace", "down", "return");
  assert.match(screenOf(typed.asked), /deposit 2\.50 M2M into ch_11111111\?/);
  assert.deepEqual(typed.effect, { do: "top_up", channel: "ch_11111111", addUnits: 2_500_000n });

  const wrong = after(start, ...keys("t", "1", ".", ".", "return"));
  assert.match(screenOf(wrong), /"1\.\." is no amount/);
  assert.equal(wrong.asked, null);
  assert.equal(after(start, ...keys("t", "0", "return")).asked, null);
  assert.equal(after(start, ...keys("t", "escape")).deposit, null);
  assert.equal(update(after(start, ...keys("t")), { is: "key", key: "c" }).effect, null);
  const none = after({ ...start, look: { ...look, channels: [] } }, ...keys("t"));
  assert.match(screenOf(none), /no channel is open/);
});

Deno.test("m lists payments, newest first, and reads them again when something happened", () => {
  const line = (at: number): PaymentLine => ({
    atMs: NOW_MS - at * 1_000,
    what: at === 0 ? "write" : "payment",
    amount: `0.0${at} M2M`,
    left: "49.90 M2M",
    jobId: "job-2222222",
    channel: "ch_7f3a9b2e",
    outcome: at === 2 ? "refused" : "fulfilled",
  });
  const pressed = update(model(), { is: "key", key: "m" });
  assert.deepEqual(pressed.effect, { do: "payments" });
  const lines = Array.from({ length: 60 }, (_, at) => line(at));
  const shown = after(pressed.model, { is: "payments", lines });
  const rows = screenOf(shown).split("\n");
  assert.match(rows[3], /^ TIME +WHAT +AMOUNT +LEFT +JOB +OUTCOME$/);
  assert.match(rows[4], /^ 02-17 12:00:30 write +0\.00 M2M +49\.90 M2M +job-2222222 +fulfilled/);
  assert.match(rows[6], /^ 02-17 12:00:28 payment +0\.02 M2M .*refused/);
  const down = after(shown, ...keys("down", "pagedown"));
  assert.match(screenOf(down).split("\n")[4], /0\.011 M2M/);
  assert.equal(after(shown, ...keys("end", "end")).payments!.offset, 59);
  assert.equal(after(shown, ...keys("up")).payments!.offset, 0);
  const event = { atMs: NOW_MS, text: "Paid 0.01 M2M for job-2222222", tone: "plain" } as const;
  const { look } = model();
  assert.deepEqual(update(shown, { is: "look", look, events: [event] }).effect, { do: "payments" });
  assert.equal(update(shown, { is: "look", look, events: [] }).effect, null);
  assert.equal(after(shown, ...keys("escape")).payments, null);
  assert.match(screenOf(after(pressed.model, { is: "payments", lines: [] })), /no payments yet/);
});
