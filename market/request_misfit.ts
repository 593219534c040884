/**
 * Why a request does not match what a provider announced. A buyer does not choose such a provider.
 *
 * @module
 */
import { checkInputs } from "../skills/request_rules.ts";
import { SkillError } from "../skills/skill_error.ts";
import type { Announcement } from "./announcement.ts";
import type { BuiltRequest, JobFlags } from "./intake.ts";
import { schemaOfKind } from "./kind_schemas.ts";
import { INPUT_LIMIT, NO_OFFER } from "./offer.ts";

/** Why the provider cannot take the inputs of a request. Null if it can, as far as its announcement says. */
export function misfitOfRequest(
  { kind, request }: BuiltRequest,
  { packed }: Pick<JobFlags, "packed">,
  { inputSchemas = [], offer = NO_OFFER }: Pick<Announcement, "inputSchemas" | "offer">,
): string | null {
  const schema = schemaOfKind(inputSchemas, kind);
  try {
    if (schema !== undefined) checkInputs(request.tags, schema);
  } catch (error) {
    if (error instanceof SkillError) return error.message;
    throw error;
  }
  const bytes = packed?.blob === undefined ? 0 : storedBytes(packed);
  const most = Object.hasOwn(offer.limits, INPUT_LIMIT) ? offer.limits[INPUT_LIMIT] : Infinity;
  return bytes <= most ? null : `it has ${bytes} bytes, at most ${most} are accepted`;
}

/** The size of a stored input. The seal of a private one is not counted. */
function storedBytes({ blob, sizeBytes }: NonNullable<JobFlags["packed"]>): number {
  return blob?.secret === undefined ? blob?.total ?? blob?.size ?? 0 : sizeBytes;
}
