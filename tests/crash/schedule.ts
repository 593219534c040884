/** What happens in one schedule, made from its seed alone. */
import type { CrashPoint } from "../../services/crash/crash_point.ts";
import type { Death, Role } from "./plan.ts";
import type { Weather } from "./weather.ts";

/** Which processes come by a place in a market of jobs. None: another test kills there, and says so. */
export const WHO: Readonly<Record<CrashPoint, readonly Role[]>> = {
  "signer.signed": ["buyer", "provider", "hub"],
  "payer.before_send": ["buyer", "provider", "hub"],
  "payer.sent": ["buyer", "provider", "hub"],
  "payer.answered": ["buyer", "provider", "hub"],
  "payer.closed": ["buyer", "provider", "hub"],
  "receiver.before_effect": ["provider", "hub"],
  "receiver.after_effect": ["provider", "hub"],
  "receiver.before_answer": ["provider", "hub"],
  "connector.before_forward": ["hub"],
  "btp.flushed": ["buyer", "provider", "hub"],
  "relay.before_store": ["hub"],
  "relay.stored": ["hub"],
  "relay.broadcast": ["hub"],
  "skill.before_run": ["provider"],
  "skill.after_run": ["provider"],
  "commit.job_created.before": ["buyer", "provider"],
  "commit.job_created.after": ["buyer", "provider"],
  "commit.job_patched.before": ["buyer", "provider"],
  "commit.job_patched.after": ["buyer", "provider"],
  "commit.outbox_settled.before": ["buyer", "provider"],
  "commit.outbox_settled.after": ["buyer", "provider"],
  "commit.payer_w1.before": ["buyer", "provider"],
  "commit.payer_w1.after": ["buyer", "provider"],
  "commit.payer_w2.before": ["buyer", "provider"],
  "commit.payer_w2.after": ["buyer", "provider"],
  "commit.receiver_w1.before": ["provider", "hub"],
  "commit.receiver_w1.after": ["provider", "hub"],
  "commit.receiver_refused.before": ["provider", "hub"],
  "commit.receiver_refused.after": ["provider", "hub"],
  "commit.receiver_w2.before": ["provider", "hub"],
  "commit.receiver_w2.after": ["provider", "hub"],
  "commit.connector_w1.before": ["hub"],
  "commit.connector_w1.after": ["hub"],
  "commit.connector_w2.before": ["hub"],
  "commit.connector_w2.after": ["hub"],
  "commit.signer_ledger.before": ["buyer", "provider", "hub"],
  "commit.signer_ledger.after": ["buyer", "provider", "hub"],
  "commit.event_seen.before": ["buyer", "provider"],
  "commit.event_seen.after": ["buyer", "provider"],
  "commit.cursor.before": ["buyer", "provider"],
  "commit.cursor.after": ["buyer", "provider"],
  // tests/services/channel/manager/crash_test.ts kills before and after each transaction is sent, on a chain.
  "commit.channel.before": [],
  "commit.channel.after": [],
  "commit.transaction.before": [],
  "commit.transaction.after": [],
  // Nothing of money or jobs: a copy of a document for people to look at.
  "commit.quarantine.before": [],
  "commit.quarantine.after": [],
  "commit.journal.before": [],
  "commit.journal.after": [],
};

/** Each place with each process that comes by it. */
export const TARGETS: readonly { readonly role: Role; readonly point: CrashPoint }[] = Object
  .entries(WHO).flatMap(([point, roles]) =>
    roles.map((role) => ({ role, point: point as CrashPoint }))
  );

/** A process dies at a place: when the schedule starts, or when it was started again. */
export interface PlannedDeath extends Death {
  readonly role: Role;
  readonly downMs: number;
}

/** `cheap` pays its provider too little, `astray` pays where no route leads: both are refused, and cost no more than their post. */
export type JobKind = "plain" | "cheap" | "astray";

export interface Schedule {
  readonly seed: number;
  /** Each is submitted once or, at once, once more. */
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

const KINDS: readonly JobKind[] = ["plain", "plain", "plain", "plain", "cheap", "astray"];

/** Places that only a refusal comes by, and the job that is refused there. */
const REFUSED: ReadonlyMap<CrashPoint, Partial<Record<Role, JobKind>>> = new Map(
  (["commit.receiver_refused.before", "commit.receiver_refused.after"] as const).map((
    point,
  ) => [point, { provider: "cheap", hub: "astray" }]),
);

/** The seed's schedule. The first death goes round all places, so that a run of {@link TARGETS}' length meets each. */
export function scheduleOf(seed: number): Schedule {
  const random = randomOf(seed);
  const first = TARGETS[seed % TARGETS.length];
  const refused = REFUSED.get(first.point)?.[first.role];
  const jobs = Array.from({ length: 1 + random(4) }, (_, at): PlannedJob => ({
    kind: at === 0 ? refused ?? "plain" : KINDS[random(KINDS.length)],
    twice: random(4) === 0,
    afterMs: random(3) === 0 ? random(30) : 0,
  }));
  const deathAt = (target: { role: Role; point: CrashPoint }): PlannedDeath => ({
    ...target,
    nth: 1 + random(random(2) === 0 ? 1 : 3),
    downMs: random(2) === 0 ? 0 : random(150),
  });
  const deaths = [{ ...deathAt(first), nth: 1 + random(2) * random(3) }];
  const more = [0, 0, 1, 1, 2][random(5)];
  for (let at = 0; at < more; at++) deaths.push(deathAt(TARGETS[random(TARGETS.length)]));
  return {
    seed,
    jobs,
    deaths,
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
    },
  };
}
