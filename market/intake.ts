/**
 * Turns a buyer's input into an unsigned request. `input_services.ts` has already packed a file or folder; a text, a URL or standard input
 * is packed here. This module reads no files.
 *
 * @module
 */
import type { Pubkey, UnsignedEvent } from "../protocols/nostr/event.ts";
import { eventId } from "../protocols/nostr/event_id.ts";
import { CI_RUN, IMAGE_BUILD } from "../protocols/nostr/kinds.ts";
import { buildJobRequest, type JobSpec, kindOfJob, signedBytes } from "./job_request.ts";
import { packBytes, type PackedInput, packInput } from "./pack_input.ts";
import { InputError } from "./packing/input_error.ts";

/** A job as the flags describe it. It survives a structured clone. */
export interface JobFlags extends Omit<JobSpec, "input"> {
  /** A text or a URL. Null if there is none. */
  readonly input: string | null;
  /** The content of standard input, if `input` is `-`. */
  readonly stdin?: Uint8Array;
  /** A packed file or folder, in the place of `input`. */
  readonly packed?: PackedInput;
  /** The largest size of the signed request, in bytes. */
  readonly limitBytes: number;
}

/** A request that is ready to be signed. */
export interface BuiltRequest {
  readonly request: UnsignedEvent;
  readonly eventId: string;
  readonly kind: number;
  /** The size of the signed event on the wire, in bytes. */
  readonly sizeBytes: number;
}

/** Builds requests. */
export interface Intake {
  /** Throws InputError. If a limit was exceeded, the message names it. */
  build(flags: JobFlags, buyer: Pubkey): Promise<BuiltRequest>;
  /** The same request for one provider, with its `p` tag and a new id. */
  assign(built: BuiltRequest, provider: Pubkey): BuiltRequest;
}

/** Makes an intake. */
export function intake({ clock }: { readonly clock: () => number }): Intake {
  return {
    build(flags, buyer) {
      return Promise.try(() => {
        const kind = kindOfJob(flags.type, flags.kind);
        const nowS = Math.floor(clock() / 1000);
        const input = inputOf(flags);
        if (WORK_ON_FILES.includes(kind) && flags.input !== null) refuseName(flags.input, input);
        return describe(buildJobRequest({ ...flags, input }, buyer, nowS, flags.limitBytes));
      });
    },
    assign({ request }, provider) {
      const others = request.tags.filter((tag) => tag[0] !== "p");
      return describe({ ...request, tags: [...others, ["p", provider]] });
    },
  };
}

/** These work on a project. */
const WORK_ON_FILES: readonly number[] = [CI_RUN.kind, IMAGE_BUILD.kind];

/** A single word would be sent as a text, and paid. It is rather the name of a folder that is not there. */
function refuseName(given: string, packed: PackedInput | null): void {
  if (packed?.type !== "text" || !/^[\w.@+-]{1,255}$/.test(given)) return;
  throw new InputError("input_not_found", `--input ${given}: there is no such file or folder`, {
    suggestion: "check the name; a text of one word goes through '--input -'",
  });
}

function inputOf(flags: JobFlags): PackedInput | null {
  if (flags.packed !== undefined) return flags.packed;
  if (flags.stdin !== undefined) return packBytes(flags.stdin, "standard input", null, flags);
  return flags.input === null ? null : packInput(flags.input, flags);
}

function describe(request: UnsignedEvent): BuiltRequest {
  return {
    request,
    eventId: eventId(request),
    kind: request.kind,
    sizeBytes: signedBytes(request),
  };
}
