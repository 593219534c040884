import assert from "node:assert/strict";
import stringWidth from "string-width";
import type { EventLine, Model, PaymentLine } from "../../../commands/dashboard/model.ts";
import { fit } from "../../../commands/dashboard/painting.ts";
import { keyReader } from "../../../commands/dashboard/keys.ts";
import { lineOf } from "../../../commands/dashboard/read_home.ts";
import { Screen } from "../../../commands/dashboard/screen.ts";
import { update } from "../../../commands/dashboard/update.ts";
import { view } from "../../../commands/dashboard/view.ts";
import type { PeerState } from "../../../shell/live_state.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { after, CONNECTED, JOBS, keys, model, NOW_MS, PLAIN, screenOf } from "./dashboard_model.ts";

Deno.test("the dashboard at 80x24 is this frame", () => {
  assert.equal(
    screenOf(model()),
    `\
 TESTNET dev: tokens are worth nothing   mayor mayor-001               12:00:30
 relay connected 30 s, 3 ms   connector connected 30 s, 3 ms
--------------------------------------------------------------------------------
 CHANNELS
  ch_7f3a9b2e open     #################### 49.99125 M2M of 50.00 M2M
 JOBS 1 processing, 2 success  spent 0.10875 M2M
 > job-2222222  ci-run             processing        3.2 s   0.10875 M2M   aaaa~
   job-1111111  ci-run             success (exit 2)  10.0 s  0.00 M2M      ffff~
   job-0000001  echo               success           1.0 s   0.00 M2M






--------------------------------------------------------------------------------
 12:00:27 Posted job-2222222: ci-run (875 bytes, 0.00875 M2M)
 12:00:28 Waiting for result...





 Enter open  l log  f filter  c cancel  r rerun  p pause  ? help  q leave`,
  );
});

Deno.test("the README shows the dashboard as it is, but for empty lines", async () => {
  const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
  const frame = view(model(), { colour: false, unicode: true }).map((line) => line.trimEnd());
  const shown = frame.filter((line) => line !== "").join("\n");
  assert.ok(readme.includes(`\`\`\`\n${shown}\n\`\`\``), shown);
});

Deno.test("every frame fills the screen exactly, at any size and in any state", () => {
  const states = [
    model(),
    after(model(), ...keys("?")),
    after(model(), ...keys("return")),
    after(model(), ...keys("c")),
    after(model(), { is: "daemon", daemon: null }),
    after(model(), { is: "told", note: { atMs: NOW_MS, text: "x".repeat(300), tone: "bad" } }),
  ];
  for (const state of states) {
    for (const [columns, rows] of [[1, 1], [39, 9], [40, 10], [80, 24], [237, 61]]) {
      for (const abilities of [PLAIN, { colour: true, unicode: true }]) {
        const lines = view({ ...state, columns, rows }, abilities);
        assert.equal(lines.length, rows);
        for (const line of lines) assert.equal(stringWidth(line), columns, JSON.stringify(line));
      }
    }
  }
});

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

Deno.test("a job's timeline takes a third of the screen, and more where its log is short", () => {
  const timeline = Array.from(
    { length: 20 },
    (_, n) => ({ atMs: NOW_MS, text: `event ${n}.`, tone: "plain" as const }),
  );
  const shown = (lines: number) => {
    const log = Array.from({ length: lines }, (_, n) => `line ${n}.`);
    const job = { jobId: "job-2222222", timeline, log };
    const open = after(model(), ...keys("return"), { is: "opened", job });
    const screen = view({ ...open, columns: 80, rows: 24 }, PLAIN).join("\n");
    return [screen.match(/event \d+\./g)!.length, screen.match(/line \d+\./g)!.length];
  };
  const [withLongLog, ofLongLog] = shown(100);
  assert.ok(withLongLog < ofLongLog);
  const [withShortLog, ofShortLog] = shown(1);
  assert.equal(ofShortLog, 1);
  assert.equal(withShortLog, withLongLog + ofLongLog - 1, "no line stays empty");
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

Deno.test("a node's dashboard shows what it sells and how many jobs run and wait", () => {
  const sold = (status: JobRow["status"], from: string) =>
    lineOf(job({ eventId: eventIdOf(from), role: "provider", status }));
  const jobs = [sold("processing", "a000000"), sold("paid", "b000000"), sold("success", "c000000")];
  const node = (skills: readonly string[]) =>
    after(model(), {
      is: "look",
      look: { ...model().look, jobs: [...jobs, ...JOBS] },
      events: [],
    }, { is: "daemon", daemon: { ...model().daemon!, role: "node", skills } });
  assert.match(screenOf(node(["echo", "ci-run"])), /^ SELLS echo ci-run {2}1 running, 1 waiting$/m);
  assert.match(screenOf(node([])), /^ SELLS nothing {2}1 running, 1 waiting$/m);
  assert.doesNotMatch(screenOf(model()), /SELLS/);
});

Deno.test("an action that failed is told above the keys, and under it what to do", () => {
  const note = {
    atMs: NOW_MS,
    text: "buying is paused\nrun 'crosstown mayor resume'\x1b[2J",
    tone: "bad",
  };
  const told = screenOf(after(model(), { is: "told", note: note as EventLine })).split("\n").slice(
    -3,
  );
  assert.deepEqual(told.slice(0, 2), [
    " buying is paused",
    " run 'crosstown mayor resume'\\u001b[2J",
  ]);
  assert.match(told[2], /^ Enter open/);
});

Deno.test("the dashboard names each further connector and its state beside the main one", () => {
  const east = { ...CONNECTED, name: "east", connector_btp: "btp+wss://east.example" };
  const away = { ...east, name: "west", state: "offline", reason: "refused" } as const;
  const shown = screenOf({
    ...model(),
    columns: 200,
    daemon: { ...model().daemon!, connectors: [east, away] },
  }).split("\n")[1];
  assert.match(shown, /connector connected.* east connected.* west offline .*\(refused\)/);
});

Deno.test("peers that are connected have no time where the screen is too narrow for it; one that is offline keeps it", () => {
  const since = new Date(NOW_MS - 600_000).toISOString();
  const connected = { state: "connected", since, reason: null, latency_ms: null } as const;
  const offline = { state: "offline", since, reason: "refused", latency_ms: null } as const;
  const far = { ...connected, latency_ms: 1_240 };
  const peers = (relay: PeerState, columns: number) =>
    screenOf({
      ...model(),
      columns,
      daemon: { ...model().daemon!, live: { relay, connector: connected, chain: connected } },
    }).split("\n")[1];
  const aged = (name: string) => ` ${name} connected 10 min`;
  assert.equal(peers(connected, 80), ["relay", "connector", "chain"].map(aged).join("  "));
  assert.equal(
    peers(far, 80),
    " relay connected 1.2 s   connector connected   chain connected",
    "the round trip matters more than the time",
  );
  assert.equal(peers(far, 61), " relay ok 1.2 s   connector connected   chain connected");
  assert.equal(
    peers({ ...offline, latency_ms: 5 }, 60).slice(0, 31),
    " relay offline 10 min (refused)",
  );
  assert.equal(peers(connected, 70), " relay connected   connector connected   chain connected");
  assert.equal(
    peers(offline, 72),
    " relay offline 10 min (refused)   connector connected   chain connected",
  );
});

Deno.test("fit() counts wide characters as two cells and shows what a terminal would obey", () => {
  assert.equal(fit("日本語", 5), "日本…");
  assert.equal(fit("日本語", 4), "日… ");
  assert.equal(fit("ab", 4), "ab  ");
  assert.equal(stringWidth(fit("a\x1b[2Jb\u202e", 30)), 30);
  assert.ok(!fit("a\x1b[2Jb", 30).includes("\x1b"));
});

Deno.test("keyReader() names keys, also one whose bytes arrive separately", async () => {
  const seen: string[] = [];
  const { write } = keyReader((key) => seen.push(key));
  for (const text of ["j", "?", "\r", "\x1b[", "A", "\x1b[6~", "\x03", "y"]) {
    write(new TextEncoder().encode(text));
    await Promise.resolve();
  }
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(seen, ["j", "?", "return", "up", "pagedown", "ctrl+c", "y"]);
});

Deno.test("Screen writes a line again only when it changed, and gives the terminal back", async () => {
  let written = "";
  const raw: boolean[] = [];
  const terminal = {
    setRaw: (on: boolean) => void raw.push(on),
    size: () => ({ columns: 10, rows: 2 }),
    onResize: () => {},
  };
  const stdout = {
    isTerminal: true,
    write: (bytes: Uint8Array) => {
      written += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
  };
  {
    await using screen = new Screen(terminal, { stdin: new Blob([]).stream(), stdout });
    await screen.enter(() => {}, () => {});
    await screen.show(["one", "two"]);
    written = "";
    await screen.show(["one", "zwei"]);
    assert.ok(written.includes("\x1b[2;1Hzwei") && !written.includes("one"));
    written = "";
    await screen.show(["one", "zwei"]);
    assert.equal(written, "");
    screen.forget();
    await screen.show(["one", "zwei"]);
    assert.ok(written.includes("one"));
  }
  assert.ok(written.endsWith("\x1b[?25h\x1b[?1049l"));
  assert.deepEqual(raw, [true, false]);
});

Deno.test("the details of a job that failed say what to do about it", () => {
  const failed = lineOf(job({
    jobId: "job-7777777",
    eventId: eventIdOf("7777777"),
    status: "refused",
    errorCode: "offline",
    errorMessage: "nobody answers",
  }));
  const state = after(
    model(),
    { is: "look", look: { ...model().look, jobs: [failed] }, events: [] },
    ...keys("return"),
  );
  assert.match(
    screenOf(state),
    /reason {4}nobody answers \(offline\)\n {2}to do {5}'crosstown doctor' says what is wrong, then/,
  );
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

Deno.test("a narrow screen leaves out keys, but neither help nor leave", () => {
  const lastAt = (columns: number, ...pressed: string[]) =>
    view({ ...after(model(), ...keys(...pressed)), columns }, PLAIN).at(-1)!.trim();
  assert.equal(lastAt(50), "Enter open  l log  f filter  ? help  q leave");
  assert.equal(lastAt(40), "Enter open  l log  ? help  q leave");
  assert.equal(lastAt(50, "return"), "Esc back  up/down scroll  l end  ? help  q leave");
});

Deno.test("a filter that no job passes says so", () => {
  const failed = screenOf(after(model(), ...keys("f", "f")));
  const one = screenOf({
    ...after(model(), ...keys("f")),
    look: { ...model().look, jobs: [JOBS[1]] },
  });
  assert.match(
    one,
    /JOBS \(open\)[^\n]*\n {2}no open job among the newest 1; f changes the filter\n/,
  );
  assert.doesNotMatch(failed, /no failed job/);
});
