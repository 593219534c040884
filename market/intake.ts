/**
 * From what a buyer typed to an unsigned request. A file or folder was packed before (`input_services.ts`); a text, a URL or
 * standard input is packed here. Reads nothing.
 *
 * @module
 */
import type { Pubkey, UnsignedEvent } from "../protocols/nostr/event.ts";
import { eventId } from "../protocols/nostr/event_id.ts";
import { buildJobRequest, type JobSpec, kindOfJob, signedBytes } from "./job_request.ts";
import { packBytes, type PackedInput, packInput } from "./pack_input.ts";

/** A job as flags name it. Survives a structured clone. */
export interface JobFlags extends Omit<JobSpec, "input"> {
  /** A text or a URL; null where there is none. */
  readonly input: string | null;
  /** What standard input held, where `input` is `-`. */
  readonly stdin?: Uint8Array;
  /** A file or folder that was packed, in the place of `input`. */
  readonly packed?: PackedInput;
  /** The most bytes that the signed request may take. */
  readonly limitBytes: number;
}

/** A request that may be signed. */
export interface BuiltRequest {
  readonly request: UnsignedEvent;
  readonly eventId: string;
  readonly kind: number;
  /** Bytes of the signed event on the wire. */
  readonly sizeBytes: number;
}

/** Builds requests. */
export interface Intake {
  /** Throws InputError, whose message names the limit where one was exceeded. */
  build(flags: JobFlags, buyer: Pubkey): Promise<BuiltRequest>;
  /** The same request, asked of one provider: with its `p` tag and a new id. */
  assign(built: BuiltRequest, provider: Pubkey): BuiltRequest;
}

/** Makes an intake. */
export function intake({ clock }: { readonly clock: () => number }): Intake {
  return {
    build(flags, buyer) {
      return Promise.try(() => {
        kindOfJob(flags.type, flags.kind);
        const nowS = Math.floor(clock() / 1000);
        const input = inputOf(flags);
        return describe(buildJobRequest({ ...flags, input }, buyer, nowS, flags.limitBytes));
      });
    },
    assign({ request }, provider) {
      const others = request.tags.filter((tag) => tag[0] !== "p");
      return describe({ ...request, tags: [...others, ["p", provider]] });
    },
  };
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
