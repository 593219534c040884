/**
 * Counts what a home does in an hour, in a cursor of its store: so the limit also holds for many short commands, and after a restart.
 *
 * @module
 */
import type { Change, Store } from "../../store/store.ts";
import { InputError } from "../packing/input_error.ts";

const HOUR_MS = 3_600_000;

/** A count of the current hour. */
interface HourlyCount {
  /** The change that counts one more. Throws InputError `too_many` if the hour has no room; a clock that is set back begins no new hour. */
  next(nowMs: number): Promise<Change>;
}

/** Makes the count under this name. */
export function hourlyCount(
  store: Pick<Store, "cursor">,
  name: string,
  most: number,
): HourlyCount {
  return {
    async next(nowMs) {
      const [since = "0", counted = "0"] = (await store.cursor(name) ?? "").split(" ");
      const isNew = nowMs - Number(since) >= HOUR_MS;
      const count = isNew ? 0 : Number(counted);
      if (count >= most) {
        const minutes = Math.max(1, Math.ceil((Number(since) + HOUR_MS - nowMs) / 60_000));
        throw new InputError("too_many", `this home sent ${most} messages in this hour`, {
          suggestion: `Try again in ${minutes} minutes`,
        });
      }
      const value = `${isNew ? nowMs : since} ${count + 1}`;
      return { op: "setCursor", name, value };
    },
  };
}
