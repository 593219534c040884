/**
 * Opens sealed results for prepareSink.
 *
 * @module
 */
import { openResult } from "../../market/open_result.ts";
import type { ResultOpener } from "../../stages/prepare_sink_services.ts";

/** Makes it. */
export default function results(): ResultOpener {
  return { open: openResult };
}
