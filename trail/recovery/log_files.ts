/**
 * Finds the files of the payment log in a state folder.
 *
 * @module
 */
import type { LogFile } from "./log_lines.ts";
import { lstatOrNull, namesIn } from "../../base/files/missing.ts";

const LIVE = "payment_log.jsonl";
const SEALED = "payment_log";

/** Sealed days, oldest first, then the live file up to its present size. Empty if there is no log. */
export async function logFiles(folder: string): Promise<LogFile[]> {
  // Read before the days are listed, so that a day that is sealed meanwhile is seen at least once.
  const live = await lstatOrNull(`${folder}/${LIVE}`);
  const days = (await namesIn(`${folder}/${SEALED}`))
    .filter((name) => /^\d{4}-\d\d-\d\d\.jsonl\.gz$/.test(name));
  return [
    ...days.map((name) => ({
      name: `${SEALED}/${name}`,
      path: `${folder}/${SEALED}/${name}`,
      sealed: true,
    })),
    ...(live === null
      ? []
      : [{ name: LIVE, path: `${folder}/${LIVE}`, sealed: false, sizeBytes: live.size }]),
  ];
}
