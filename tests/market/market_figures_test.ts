import assert from "node:assert/strict";
import type { Announcement } from "../../market/announcement.ts";
import { jobFigures, marketFigures } from "../../market/market_figures.ts";
import { type JobTrace, readTraffic } from "../../market/traffic.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";

const NOW_S = 1_790_000_000;
const AT = { windowS: 600, nowMs: NOW_S * 1_000, bytes: 1_024 };

function announcement(n: number, units: bigint, over: Partial<Announcement> = {}): Announcement {
  return {
    pubkey: String(n).repeat(64),
    name: `provider ${n}`,
    about: "",
    createdAtS: NOW_S - 10,
    expiresAtS: NOW_S + 600,
    offline: false,
    prices: [{ kind: 5600, flatUnits: units, unitsPerKib: 0n }],
    unpriced: [],
    tags: [],
    platform: null,
    sandbox: null,
    builds: [],
    ilpAddress: null,
    offer: null,
    ...over,
  } as Announcement;
}

function trace(id: string, over: Partial<JobTrace> = {}): JobTrace {
  return {
    id,
    kind: 5600,
    pubkey: "b".repeat(64),
    createdAtS: NOW_S - 100,
    requestId: null,
    requestAtS: null,
    status: null,
    encoding: "toon",
    ...over,
  };
}

const result = (id: string, requestId: string, atS: number, n = 1) =>
  trace(id, { kind: 6600, requestId, createdAtS: atS, pubkey: String(n).repeat(64) });

Deno.test("marketFigures() counts each request once, whatever its answers are", () => {
  const figures = marketFigures(
    [announcement(1, 10n), announcement(2, 30n), announcement(3, 20n, { offline: true })],
    {
      partial: false,
      traces: [
        trace("a"),
        trace("b"),
        trace("c"),
        trace("d", { encoding: "json" }),
        result("ra", "a", NOW_S - 98),
        // A second result does not count.
        result("ra2", "a", NOW_S - 90, 2),
        // The relay serves these requests no more, because they have expired.
        result("rx", "x", NOW_S - 90, 2),
        { ...result("ry", "y", NOW_S - 90, 2), requestAtS: NOW_S - 93 },
        result("rb", "b", NOW_S - 60),
        trace("fc", { kind: 7000, requestId: "c", status: "error" }),
        // An error before a result is no failure in the end.
        trace("fb", { kind: 7000, requestId: "b", status: "error" }),
      ],
    },
    AT,
  );
  assert.equal(figures.online_providers, 2);
  assert.deepEqual([figures.jobs, figures.over, figures.jobs_per_minute], [6, 5, 0.6]);
  assert.equal(figures.success_share, 0.8);
  assert.deepEqual([figures.p50_ms, figures.p95_ms], [3_000, 40_000]);
  assert.deepEqual([figures.events, figures.toon_share], [11, 0.909]);
  assert.deepEqual(figures.prices, [
    { kind: 5600, type: "echo", providers: 2, min_units: 10n, median_units: 10n, max_units: 30n },
  ]);
  assert.deepEqual(figures.top_providers.map(({ name, results }) => [name, results]), [
    ["provider 1", 2],
    ["provider 2", 2],
  ]);
});

Deno.test("marketFigures() of an empty relay has no shares and no times", () => {
  const figures = marketFigures([], { traces: [], partial: false }, AT);
  assert.deepEqual(
    [figures.success_share, figures.toon_share, figures.p50_ms, figures.p95_ms],
    [null, null, null, null],
  );
});

Deno.test("marketFigures() takes no time of a result that says it came before its request", () => {
  const traces = [trace("a"), result("ra", "a", NOW_S - 5_000)];
  const figures = marketFigures([], { traces, partial: false }, AT);
  assert.deepEqual([figures.success_share, figures.p50_ms], [1, null]);
});

Deno.test("jobFigures() gives percentiles by the nearest rank", () => {
  const times = Array.from({ length: 100 }, (_, i) => 100 - i);
  const { p50_ms, p95_ms } = jobFigures(100, 100, 0, times, 60);
  assert.deepEqual([p50_ms, p95_ms], [50, 95]);
  assert.deepEqual(jobFigures(1, 1, 0, [7], 60).p95_ms, 7);
});

const event = (n: number, over: object = {}) => ({
  id: String(n).padStart(64, "0"),
  pubkey: "b".repeat(64),
  created_at: NOW_S - n,
  kind: 5600,
  tags: [],
  content: "x".repeat(100),
  sig: "0".repeat(128),
  ...over,
} as unknown as NostrEvent);

Deno.test("readTraffic() reads page by page, and takes nothing that was not asked for", async () => {
  const all = Array.from({ length: 1_200 }, (_, n) => event(n));
  const asked: (number | undefined)[] = [];
  const { traces, partial } = await readTraffic(
    (filter) => {
      asked.push(filter.until);
      const fitting = all.filter(({ created_at }) => created_at <= (filter.until ?? Infinity));
      const page = [event(9_000, { kind: 1 }), ...fitting.slice(0, 500)];
      return Promise.resolve({
        events: page,
        encodings: page.map(() => "json" as const),
        more: fitting.length > 500,
      });
    },
    [5600, 5600, 1],
    NOW_S - 5_000,
  );
  assert.deepEqual([traces.length, partial], [1_200, false]);
  assert.ok(!("content" in traces[0]));
  assert.deepEqual(asked, [undefined, NOW_S - 499, NOW_S - 998]);
});

Deno.test("readTraffic() ends when a relay gives the same again and again, or leaves", async () => {
  const same = [event(1), event(2)];
  const encodings = ["toon", "toon"] as const;
  const looped = await readTraffic(
    () => Promise.resolve({ events: same, encodings, more: true }),
    [5600],
    0,
  );
  assert.deepEqual([looped.traces.length, looped.partial], [2, false]);
  let page = 0;
  const left = await readTraffic(
    () =>
      page++ === 0
        ? Promise.resolve({ events: same, encodings, more: true })
        : Promise.reject(new Error("gone")),
    [5600],
    0,
  );
  assert.deepEqual([left.traces.length, left.partial], [2, true]);
});

Deno.test("readTraffic() takes the time of a request from its copy in the result, and from no other copy", async () => {
  const { id: _, ...made } = event(0, { tags: [["i", "hello", "text"]] });
  const request = { ...made, id: eventId(made) };
  const results = [
    [["request", JSON.stringify(request)], ["e", request.id]],
    [["request", JSON.stringify(request)], ["e", "c".repeat(64)]],
    [["request", JSON.stringify({ ...request, created_at: 1 })], ["e", request.id]],
    [["request", "{"], ["e", request.id]],
    [["e", request.id]],
  ].map((tags, n) => event(n, { kind: 6600, tags }));
  const { traces } = await readTraffic(
    () => Promise.resolve({ events: results, encodings: results.map(() => "toon"), more: false }),
    [5600],
    0,
  );
  assert.deepEqual(traces.map(({ requestAtS }) => requestAtS), [NOW_S, null, null, null, null]);
});
