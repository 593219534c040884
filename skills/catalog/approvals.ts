/**
 * The skills that the owner of a home has approved: `approved_skills.json`, mode 0600. A skill that is new or was changed does not run
 * until the owner approves it (`crosstown skill approve`). It does not matter where its folder came from.
 *
 * @module
 */
import { openPlainFile, readPlainText, replacePlainFile } from "../../base/files/plain_file.ts";

/** One approval. */
export interface Approval {
  /** The hash of the folder's content ({@link ./skill_content.ts}), in hex. */
  readonly sha256: string;
  /** The time of the approval, in ISO 8601. */
  readonly approvedAt: string;
  /** The owner's price, which replaces that of the skill, in decimal base units. */
  readonly price?: { readonly flatUnits: string; readonly unitsPerKib: string };
}

/** The approvals by the skill's name. */
export type Approvals = Readonly<Record<string, Approval>>;

/** Reads the file. If it is missing or malformed, there are no approvals. */
export async function readApprovals(file: string): Promise<Approvals> {
  try {
    const found = JSON.parse(await readPlainText(file)) as unknown;
    if (typeof found !== "object" || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(([, each]) => isApproval(each)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Writes all approvals. The file is replaced by rename, so a running provider sees either the old or the new ones. */
export async function writeApprovals(file: string, approvals: Approvals): Promise<void> {
  const beside = `${file}.new`;
  await replacePlainFile(beside, `${JSON.stringify(approvals, null, 2)}\n`);
  {
    using written = await openPlainFile(beside, { write: true });
    await written.sync();
  }
  await Deno.rename(beside, file);
}

function isApproval(value: unknown): value is Approval {
  const { sha256, approvedAt, price } = (value ?? {}) as Record<string, unknown>;
  if (typeof sha256 !== "string" || typeof approvedAt !== "string") return false;
  if (price === undefined) return true;
  const { flatUnits, unitsPerKib } = (price ?? {}) as Record<string, unknown>;
  return [flatUnits, unitsPerKib].every((each) => /^\d{1,16}$/.test(String(each)));
}
