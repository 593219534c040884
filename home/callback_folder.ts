/**
 * The folders in which callbacks of a home run. Each host of skills has its own, because it removes everything there that its own runs did
 * not make, and several may be at work in one process.
 *
 * @module
 */
import { leaveWorkPlace } from "../skills/sandbox/work_place.ts";

/** A folder that a host of callbacks uses. */
interface CallbackFolder {
  /** Its path. It may not exist yet. */
  readonly path: string;
  /** Gives it up. The last host of the process removes the work place, if it is empty. */
  leave(): Promise<void>;
}

/** Names in use, by the work place. Only one process works on a home, so nothing else uses them. */
const used = new Map<string, Set<string>>();

/** Takes the first free folder of a work place. What a process that was killed left in it is removed by the host. */
export function takeCallbackFolder(place: string): CallbackFolder {
  const names = used.get(place) ?? new Set();
  used.set(place, names);
  let name = "callbacks";
  for (let number = 2; names.has(name); number++) name = `callbacks-${number}`;
  names.add(name);
  return {
    path: `${place}/${name}`,
    async leave() {
      if (!names.delete(name) || names.size > 0) return;
      used.delete(place);
      await leaveWorkPlace(place);
    },
  };
}
