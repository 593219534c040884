/** What happens in one schedule, made from its seed alone. */
import type { CrashPoint } from "../../base/crash_point.ts";
import type { Death, Role } from "./plan.ts";
import type { Weather } from "./weather.ts";
import { WHO } from "./who_reaches.ts";

/** A place with a process that reaches it. */
interface Target {
  readonly role: Role;
  readonly point: CrashPoint;
}

const TARGETS: readonly Target[] = Object.entries(WHO).flatMap(([point, roles]) =>
  roles.map((role) => ({ role, point: point as CrashPoint }))
);
/** Those of the audit alone. */
export const OF_AUDIT: readonly Target[] = TARGETS.filter(({ point }) =>
  /^(audit|commit\.checkpoint)\./.test(point)
);
/** Only the places of write-offs. */
export const OF_WRITE_OFF: readonly Target[] = TARGETS.filter(({ point }) =>
  point.startsWith("commit.connector_write_off.")
);
const OF_MARKET = TARGETS.filter((target) =>
  !OF_AUDIT.includes(target) && !OF_WRITE_OFF.includes(target)
);
const near = (role: Role, point: CrashPoint): Target => ({ role, point });
/** Around a write-off and the late answer after it. */
const OF_COLLUSION: readonly Target[] = [
  near("hub", "commit.connector_write_off.after"),
  near("hub", "commit.connector_w2.before"),
  near("hub", "commit.connector_write_off.before"),
  near("hub", "commit.connector_w2.after"),
  near("provider", "commit.receiver_w2.after"),
  near("hub", "receiver.before_answer"),
  near("hub", "payer.sent"),
  near("hub", "payer.answered"),
  near("hub", "payer.closed"),
  near("hub", "commit.connector_w1.after"),
  near("provider", "receiver.after_effect"),
];

/** How many schedules a world lives through. */
export const LIVES = 10;

/**
 * What else a world has to do with. `audited`: an audit trail in git. `network`: frames are lost, late, doubled. `power`: whatever was
 * not synced is lost with the process. `hops`: the buyer pays through a second connector. `pair`: it pays through that one, and directly
 * through the hub while that one is away. `collusion`: there are no jobs, and the provider answers its buyer's packets when the hub has
 * written them off.
 */
export type Mode = "plain" | "audited" | "network" | "power" | "hops" | "pair" | "collusion";

const MODES: readonly Mode[] = [
  ...["plain", "audited", "network", "hops", "power", "collusion", "pair"] as const,
];

/** The seed determines it, so that a schedule is the same alone and in its world. */
export function modeOf(seed: number): Mode {
  return MODES[Math.floor((seed - 1) / LIVES) % MODES.length];
}

/** Goes through the places of its mode in turn, so that each is reached. */
function firstTarget(seed: number): Target {
  const mode = modeOf(seed);
  if (mode === "collusion") return OF_COLLUSION[(seed - 1) % OF_COLLUSION.length];
  if (mode !== "audited") return OF_MARKET[(seed - 1) % OF_MARKET.length];
  const before = Math.floor((seed - 1) / (LIVES * MODES.length)) * LIVES;
  return OF_AUDIT[(before + (seed - 1) % LIVES) % OF_AUDIT.length];
}

/** A process dies at a place: when the schedule starts, or when it was started again. */
export interface PlannedDeath extends Death {
  readonly role: Role;
  readonly downMs: number;
}

/**
 * `sealed` is paid on delivery, `metered` while it runs, `printed` by its output. `cheap` pays its provider too little, and `astray` pays an
 * address without a route: both are refused, and cost only their request. `compared` goes to three providers, two of
 * which cannot be reached: two jobs in one commit, and then a third one. `passed` goes to a provider that cannot be reached, and then, paid on
 * delivery, to the other one by its quote. `silent` goes to a provider that takes its payment and does nothing, and then to the other one;
 * the first one's result comes too late. `quoted` is asked for without a payment, and its quote is then paid (`job pay`). Input and result of a `large` one are blobs.
 */
export type JobKind =
  | "plain"
  | "large"
  | "sealed"
  | "metered"
  | "printed"
  | "cheap"
  | "astray"
  | "compared"
  | "silent"
  | "quoted"
  | "passed";

export interface Schedule {
  readonly seed: number;
  /** Each job is submitted once, or twice at the same time. */
  readonly jobs: readonly PlannedJob[];
  /** One after the other for each role. */
  readonly deaths: readonly PlannedDeath[];
  /** Killed from outside, wherever it is. */
  readonly kill: { readonly role: Role; readonly afterMs: number } | null;
  /** How far the clock goes ahead while a process is down: packets that are under way have expired then. */
  readonly leapMs: number;
  /** On the lines between them, where the world has any; then it is calm. */
  readonly weather: Weather & { readonly forMs: number };
}

/** A job of a schedule. */
export interface PlannedJob {
  readonly kind: JobKind;
  readonly twice: boolean;
  readonly afterMs: number;
}

/** Numbers from a seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = (seed * 0x9e3779b9) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const KINDS: readonly JobKind[] = [
  "plain",
  "plain",
  "sealed",
  "sealed",
  "metered",
  "printed",
  "cheap",
  "astray",
  "compared",
  "passed",
  "silent",
  "quoted",
  "large",
];

/** Places that only such a job reaches. */
const MET_BY: ReadonlyMap<CrashPoint, Partial<Record<Role, JobKind>>> = new Map(
  Object.keys(WHO).flatMap((name): [CrashPoint, Partial<Record<Role, JobKind>>][] => {
    const point = name as CrashPoint;
    if (name.startsWith("commit.receiver_refused.")) {
      return [[point, { provider: "cheap", hub: "astray" }]];
    }
    if (name.startsWith("blob.")) {
      return [[point, { buyer: "large", provider: "large", hub: "large" }]];
    }
    if (/^commit\.(increment_paid|meter_run|meter_turned)\./.test(name)) {
      return [[point, { buyer: "metered", provider: "metered" }]];
    }
    if (name.startsWith("commit.quote_paid.")) return [[point, { buyer: "quoted" }]];
    if (name.startsWith("commit.successor_quoted.")) return [[point, { buyer: "passed" }]];
    if (name.startsWith("commit.silent_replaced.")) return [[point, { buyer: "silent" }]];
    if (/^commit\.(jobs|third)_compared\./.test(name)) return [[point, { buyer: "compared" }]];
    return name.startsWith("commit.delivery_")
      ? [[point, { buyer: "sealed", provider: "sealed" }]]
      : [];
  }),
);

/** The only kind of job of which a process reaches the place; `plain` where every job reaches it. */
export function kindMeeting({ role, point }: Target): JobKind {
  return MET_BY.get(point)?.[role] ?? "plain";
}

/** Where a connector dies that only passes on, one place after the other. */
const OF_CONNECTOR: readonly CrashPoint[] = Object.entries(WHO).flatMap(([point, roles]) =>
  roles.includes("hub") && !/^(relay|receiver|audit|blob|commit\.receiver)/.test(point)
    ? [point as CrashPoint]
    : []
);

function nearDeath(seed: number): PlannedDeath {
  const at = Math.floor((seed - 1) / (LIVES * MODES.length)) * LIVES + (seed - 1) % LIVES;
  const point = OF_CONNECTOR[at % OF_CONNECTOR.length];
  if (modeOf(seed) === "hops") {
    return { role: "near", point, nth: 1 + seed % 3, downMs: seed % 2 * 50 };
  }
  // It is away for longer, so that the second connector is used: after three seconds also by a buyer that starts again.
  return { role: "near", point, nth: 1 + seed % 2, downMs: [200, 1_500, 4_500][seed % 3] };
}

/** The pause between two jobs of a pair, so that one of its connectors dies before some of them. */
const JOBS_APART_MS = 400;

/** The seed's schedule. */
export function scheduleOf(seed: number): Schedule {
  const random = randomOf(seed);
  const first = firstTarget(seed);
  const all = { audited: TARGETS, collusion: OF_COLLUSION }[modeOf(seed) as string] ?? OF_MARKET;
  const isPair = modeOf(seed) === "pair";
  const met = kindMeeting(first);
  const meeting = met === "metered" && random(2) === 0 ? "printed" : met;
  const jobs = Array.from({ length: 1 + random(4) }, (_, at): PlannedJob => ({
    kind: at === 0 ? meeting : KINDS[random(KINDS.length)],
    twice: random(4) === 0,
    afterMs: (random(3) === 0 ? random(30) : 0) + (isPair ? at * JOBS_APART_MS : 0),
  }));
  const deathAt = (target: { role: Role; point: CrashPoint }): PlannedDeath => ({
    ...target,
    nth: 1 + random(random(2) === 0 ? 1 : 3),
    downMs: random(2) === 0 ? 0 : random(150),
  });
  const deaths = [{ ...deathAt(first), nth: 1 + random(2) * random(3) }];
  const more = [0, 0, 1, 1, 2][random(5)];
  for (let at = 0; at < more; at++) deaths.push(deathAt(all[random(all.length)]));
  return {
    seed,
    jobs,
    deaths: ["hops", "pair"].includes(modeOf(seed)) ? [...deaths, nearDeath(seed)] : deaths,
    kill: random(6) === 0
      ? { role: (["buyer", "provider", "hub"] as const)[random(3)], afterMs: random(120) }
      : null,
    leapMs: random(3) === 0 ? 45_000 : 0,
    weather: {
      lost: random(80),
      doubled: random(120),
      late: random(300),
      cut: random(25),
      lateMs: 20 + random(180),
      forMs: 200 + random(1_300),
      overtaken: random(400),
    },
  };
}
