/**
 * The callback skills of a buyer: looked for only when a job names one, since most do not.
 *
 * @module
 */
import type { Home } from "../pipeline/home.ts";
import type { SkillSet } from "../pipeline/inbound.ts";
import { hostingOf } from "../pipeline/provider.ts";
import { UNENDED_STATUSES } from "../services/store/job_row.ts";
import type { SkillMachine } from "./platform.ts";
import type { Store } from "../services/store/store.ts";

const CONCURRENCY = 8;
const LOOKED_AT = 1_000;

/** Whether a job that is open has a callback: whoever takes its answer in must be able to call it. */
export async function awaitsCallbacks(store: Pick<Store, "listJobs">): Promise<boolean> {
  const open = await store.listJobs({
    role: "buyer",
    status: UNENDED_STATUSES,
    limit: LOOKED_AT,
  });
  return open.some(({ callbackSkill }) => callbackSkill !== null);
}

/** The skill set of a buyer's answers. */
export async function buyerSkills(
  home: Home,
  options: SkillMachine & { readonly callbacks: boolean; readonly limitBytes: number },
): Promise<SkillSet> {
  const common = {
    pubkey: home.identity.pubkey,
    concurrency: CONCURRENCY,
    limitBytes: options.limitBytes,
    rules: null,
  };
  if (!options.callbacks) return { options: { ...common, hosting: null }, permissions: {} };
  // A callback works on what a stranger sent.
  const strangers = { allowBuyers: [], ownNetwork: false };
  const { hosting, permissions, offers } = await hostingOf(home, { ...options, ...strangers });
  await offers.stop();
  return { options: { ...common, hosting }, permissions };
}
