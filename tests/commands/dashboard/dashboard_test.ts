/** What the dashboard shows: frames at several sizes, and lines that depend on the state. */
import assert from "node:assert/strict";
import stringWidth from "string-width";
import type { EventLine } from "../../../commands/dashboard/model.ts";
import { lineOf } from "../../../commands/dashboard/read_home.ts";
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
 > job-2222222  ci-run  processing        3.2 s   0.10875 M2M   aaaaaaaa
   job-1111111  ci-run  success (exit 2)  10.0 s  0.00 M2M      ffffffff
   job-0000001  echo    success           1.0 s   0.00 M2M






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

Deno.test("a home whose daemon cannot start says why and what to do, in whole words, until a daemon is up", () => {
  const unstarted = {
    message:
      "the terms of wss://relay.example (the price of a write, and whom it pays) are not accepted yet",
    suggestion: "run 'crosstown relay terms --pin PUBKEY --accept' with the relay's public key",
  };
  const none = { ...after(model(), { is: "daemon", daemon: null }), unstarted };
  const lines = screenOf(none).split("\n");
  assert.equal(
    lines.slice(1, 5).join(" ").replaceAll(/ +/g, " "),
    ` read only: no daemon is up, because ${unstarted.message} ${unstarted.suggestion}; then leave (q) and attach again`,
  );
  for (const rows of [10, 19, 20]) {
    const low = view({ ...none, rows, columns: 40 }, PLAIN);
    assert.equal(low.length, rows);
    assert.match(low.join("\n"), /run 'crosstown relay terms/);
  }
  const { daemon } = model();
  assert.doesNotMatch(screenOf(after(none, { is: "daemon", daemon })), /read only/);
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
  const lines = (relay: PeerState, columns: number, rows = 24) =>
    screenOf({
      ...model(),
      columns,
      rows,
      daemon: { ...model().daemon!, live: { relay, connector: connected, chain: connected } },
    }).split("\n").slice(1, 3);
  const peers = (relay: PeerState, columns: number) => lines(relay, columns)[0];
  const aged = (name: string) => ` ${name} connected 10 min`;
  assert.equal(peers(connected, 80), ["relay", "connector", "chain"].map(aged).join("  "));
  assert.equal(
    peers(far, 80),
    " relay connected 1.2 s   connector connected   chain connected",
    "the round trip matters more than the time",
  );
  assert.equal(peers(far, 61), " relay ok 1.2 s   connector connected   chain connected");
  assert.deepEqual(lines({ ...offline, latency_ms: 5 }, 61), [
    " relay offline 10 min   connector connected   chain connected",
    " 'crosstown doctor' says what to do; relay: refused",
  ], "the reason has a line of its own");
  assert.deepEqual(lines(offline, 72)[1], " 'crosstown doctor' says what to do");
  assert.match(lines(offline, 72, 15)[1], /^-+$/, "a low screen has no room for advice");
  assert.equal(peers(connected, 70), " relay connected   connector connected   chain connected");
  assert.equal(
    peers(offline, 72),
    " relay offline 10 min (refused)   connector connected   chain connected",
  );
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

Deno.test("a narrow screen leaves out keys, but neither help nor leave", () => {
  const lastAt = (columns: number, ...pressed: string[]) =>
    view({ ...after(model(), ...keys(...pressed)), columns }, PLAIN).at(-1)!.trim();
  assert.equal(lastAt(50), "Enter open  l log  f filter  ? help  q leave");
  assert.equal(lastAt(40), "Enter open  l log  ? help  q leave");
  assert.equal(lastAt(50, "return"), "Esc back  up/down scroll  l end  ? help  q leave");
});

Deno.test("80 columns show a job's provider, and 60 what it cost, beside a long status", () => {
  const lineOf = (columns: number) =>
    view({ ...model(), columns }, PLAIN).find((line) => line.includes("job-1111111"))!.trim();
  assert.match(
    lineOf(80),
    /^job-1111111 +ci-run +success \(exit 2\) +10\.0 s +0\.00 M2M +ffffffff$/,
  );
  assert.match(lineOf(60), /^job-1111111 +ci-run +success \(exit 2\) +10\.0 s +0\.00 M2M/);
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
