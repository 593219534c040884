/**
 * Asks several relays the same question at once. A relay that is down, slow or refuses to answer does not delay the result: after the
 * first answer, this home does not wait for relays that are known to be down, and waits for the others for one second at most.
 *
 * @module
 */
import { codeOf, messageOf } from "../base/thrown.ts";

/** How long to wait for the other relays after the first answer, in milliseconds. */
const LATE_MS = 1_000;
const LOOK_MS = 50;

/** How one relay reacted to the last question. Survives a structured clone. */
export interface RelayAnswer {
  /** Its address. */
  readonly relayUrl: string;
  /** `late`: it did not answer within a second after another relay. `denied`: it refused. `offline`: it does not answer or is down. */
  readonly state: "answered" | "late" | "denied" | "offline";
  /** Why it did not answer, in the relay's words or in this home's. Null if it answered. */
  readonly reason: string | null;
}

/** A relay that can be asked. */
interface Asked<Told> {
  readonly relayUrl: string;
  /** Returns why the relay cannot be reached now. Null while it may answer. */
  readonly down: () => string | null;
  readonly ask: () => Promise<Told>;
}

/**
 * Asks all relays. Returns the answers in the order of the relays, and how each relay reacted. If no relay answers, rejects with the error
 * of the first one.
 *
 * @param sleep Waits for the given number of milliseconds.
 */
export async function askTogether<Told>(
  relays: readonly Asked<Told>[],
  sleep: (ms: number) => Promise<void>,
): Promise<{ readonly told: Told[]; readonly answers: RelayAnswer[] }> {
  const outcomes: (PromiseSettledResult<Told> | null)[] = relays.map(() => null);
  let changed = Promise.withResolvers<"changed">();
  relays.forEach(({ ask }, at) => {
    const settle = (outcome: PromiseSettledResult<Told>) => {
      outcomes[at] = outcome;
      changed.resolve("changed");
      changed = Promise.withResolvers();
    };
    ask().then(
      (value) => settle({ status: "fulfilled", value }),
      (reason) => settle({ status: "rejected", reason }),
    );
  });
  let waitedMs = 0;
  for (;;) {
    const open = relays.filter((_relay, at) => outcomes[at] === null);
    const answered = outcomes.some((outcome) => outcome?.status === "fulfilled");
    if (open.length === 0) break;
    if (answered && (waitedMs >= LATE_MS || open.every(({ down }) => down() !== null))) break;
    if (!answered) await changed.promise;
    else if (await Promise.race([changed.promise, sleep(LOOK_MS)]) !== "changed") {
      waitedMs += LOOK_MS;
    }
  }
  const told = outcomes.flatMap((outcome) =>
    outcome?.status === "fulfilled" ? [outcome.value] : []
  );
  const [first] = outcomes;
  if (told.length === 0 && first?.status === "rejected") throw first.reason;
  return { told, answers: relays.map((relay, at) => answerOf(relay, outcomes[at])) };
}

function answerOf<Told>(
  { relayUrl, down }: Asked<Told>,
  outcome: PromiseSettledResult<Told> | null,
): RelayAnswer {
  if (outcome?.status === "fulfilled") return { relayUrl, state: "answered", reason: null };
  const why = down();
  if (outcome === null) {
    return why === null
      ? { relayUrl, state: "late", reason: "it had not answered a second after another relay" }
      : { relayUrl, state: "offline", reason: why };
  }
  const denied = codeOf(outcome.reason) === "denied";
  const reason = messageOf(outcome.reason);
  return { relayUrl, state: denied ? "denied" : "offline", reason };
}
