/**
 * What a skill's child process is given: a request, or data that is no event.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { SkillRequest } from "../skill.ts";

/** See the module. */
export interface ChildInput extends
  Pick<
    SkillRequest,
    | "jobId"
    | "attempt"
    | "bytes"
    | "encoding"
    | "kind"
    | "message"
    | "workdir"
    | "maxContentBytes"
  > {
  /** The event in the bytes. Null if they are no event. */
  readonly event: NostrEvent | null;
  /** Whether the bytes are not those that were received. */
  readonly reencoded: boolean;
}
