/**
 * The store's part of `doctor`.
 *
 * @module
 */
import { StoreError } from "../../store/store_error.ts";
import type { Config } from "../../config/config.ts";
import type { Check } from "./check.ts";
import { printable } from "../../shell/output.ts";
import { hasStore } from "../../shell/home/read_store.ts";

const REPAIR =
  "stop every crosstown process of this home, then run 'crosstown state check' and 'crosstown state recover'";

/** Checks whether the next process of this home can use the store. */
export async function storeCheck(config: Config): Promise<Check> {
  const folder = config.paths.stateFolder;
  const name = "state";
  if (!await hasStore(config)) {
    return { name, status: "ok", message: "nothing is stored yet", suggestion: null };
  }
  const { glanceAtState } = await import("../../store/start_check.ts");
  try {
    const { problem, sizeBytes, lastSeq } = glanceAtState(folder);
    if (problem !== null) {
      const message = `${folder}/state.db: ${problem.where}: ${printable(problem.what)}`;
      return { name, status: "fail", message, suggestion: REPAIR };
    }
    const megabytes = (sizeBytes / 1_000_000).toFixed(1);
    const message = `${folder}/state.db (${megabytes} MB), ${lastSeq} journal entries`;
    return { name, status: "ok", message, suggestion: null };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message } = error;
    if (code === "corrupt") return { name, status: "fail", message, suggestion: REPAIR };
    // The next process that writes updates an older file.
    if (code === "version") return { name, status: "warn", message, suggestion: null };
    throw error;
  }
}
