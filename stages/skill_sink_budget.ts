/**
 * The hourly budget of a provider's answers to strangers. It is remembered across restarts: the commit that publishes an answer also stores
 * how many were given. So a provider that is restarted again and again gives no more answers than one that is not.
 *
 * Held: one number for each minute of the last hour.
 *
 * @module
 */
import type { Change, Store } from "../store/store.ts";
import type { StageContext } from "./stage.ts";

/** A budget. */
interface ReplyBudget {
  /** Counts one more answer; false if there were too many in the last hour. */
  take(): Promise<boolean>;
  /** Stores what was counted. For the commit that publishes an answer, made in the order of the commits. */
  spent(): Change;
}

const CURSOR = "answers to strangers";
const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Makes it. What was given before is read at the first answer. */
export function replyBudget(
  perHour: number,
  store: Pick<Store, "cursor">,
  { clock, count }: Pick<StageContext, "clock" | "count">,
): ReplyBudget {
  let given: ReadonlyMap<number, number> = new Map();
  let read: Promise<void> | null = null;
  const load = async () => {
    given = parsed(await store.cursor(CURSOR));
  };
  return {
    async take() {
      read ??= load().catch((error) => {
        read = null;
        throw error;
      });
      await read;
      const minute = Math.floor(clock() / MINUTE_MS);
      // A clock that was set back forgets what was counted in its future.
      const last = [...given].filter(([at]) => at > minute - MINUTES && at <= minute);
      if (last.reduce((sum, [, answers]) => sum + answers, 0) >= perHour) {
        count("replies_too_many");
        return false;
      }
      given = new Map(last);
      given = new Map([...last, [minute, (given.get(minute) ?? 0) + 1]]);
      return true;
    },
    spent: () => ({
      op: "setCursor",
      name: CURSOR,
      value: [...given].map(([minute, answers]) => `${minute}:${answers}`).join(" "),
    }),
  };
}

/** A value that cannot be read counts nothing: only this program writes it. */
function parsed(value: string | null): ReadonlyMap<number, number> {
  const pairs = (value ?? "").split(" ").map((pair) => pair.split(":").map(Number));
  return new Map(
    pairs.flatMap(([minute, answers]) =>
      Number.isSafeInteger(minute) && Number.isSafeInteger(answers) ? [[minute, answers]] : []
    ),
  );
}
