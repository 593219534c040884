/** A job that is compared, as `job submit --challenge` makes it: two jobs in one commit, and a third one in another. */
import { codeOf } from "../../base/thrown.ts";
import { homeMethods } from "../../home/client/home_methods.ts";
import type { HomeWork } from "../../home/client/home_work.ts";
import type { HomeCall, NewJob } from "../../home/client/home_api.ts";
import { priceOfKind } from "../../market/announcement.ts";
import { CHALLENGE_RULE } from "../../market/challenge.ts";
import { type BuiltRequest, intake } from "../../market/intake.ts";
import { claimOf, type Once } from "../../market/job_key.ts";
import { rowsOf } from "../../market/job_rows.ts";
import type { Profile } from "../../config/profile.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import {
  JOB_FLAT_UNITS,
  keyOf,
  PROVIDER_ADDRESS,
  RELAY_ADDRESS,
  RELAY_UNITS_PER_BYTE,
} from "./plan.ts";
import type { Party } from "./process.ts";

/** The buyer's profile of the network. */
export const PROFILE = {
  relay: {
    pubkey: publicKeyOf(keyOf("relay")),
    ilpAddress: RELAY_ADDRESS,
    priceUnitsPerByte: RELAY_UNITS_PER_BYTE,
  },
} as unknown as Profile;

const NOWHERE = "test.hub.nowhere";
/** The first one does the job; the others are keys without a provider. */
const PROVIDERS = [
  { pubkey: publicKeyOf(keyOf("provider")), payTo: PROVIDER_ADDRESS },
  { pubkey: publicKeyOf(keyOf("hub")), payTo: NOWHERE },
  { pubkey: publicKeyOf(keyOf("near")), payTo: NOWHERE },
];

const CALL: HomeCall = { signal: new AbortController().signal, progress: () => undefined };
/** The pipelines of this process run all the time. */
const WORK: HomeWork = {
  always: true,
  sends: true,
  during: (_need, _signal, wait) => wait(),
  sent: () => undefined,
  sequenceCame: () => undefined,
  refresh: () => Promise.resolve(),
  watchChannels: () => Promise.resolve(),
};

/** Makes those of its jobs that do not exist yet, and returns the id of the first. */
export async function compare(
  { store, clock }: Party,
  unassigned: BuiltRequest,
  timeoutS: number,
  once: Once,
  made: string | null,
): Promise<string> {
  const home = homeMethods({
    store,
    relayReader: { announcements: () => Promise.resolve([]) },
    jobLogs: null,
    blobs: null,
    manager: null,
    callbacks: false,
    work: WORK,
  });
  const buyer = publicKeyOf(keyOf("buyer"));
  const jobAt = async (at: number): Promise<NewJob> => {
    const { pubkey, payTo } = PROVIDERS[at];
    const built = intake({ clock }).assign(unassigned, pubkey);
    const jobId = await store.freeJobId(built.eventId);
    const prices = [{ kind: 5600, flatUnits: JOB_FLAT_UNITS, unitsPerKib: 1_024n }];
    const plan = {
      built,
      provider: pubkey,
      payTo,
      priceUnits: priceOfKind(prices, built.kind, built.sizeBytes)!,
      quote: null,
      writeUnits: RELAY_UNITS_PER_BYTE * BigInt(built.sizeBytes),
      limits: {},
      candidates: [],
    };
    const terms = { type: "echo", timeoutS, bidUnits: null, callbackSkill: null };
    const rows = rowsOf(PROFILE, buyer, jobId, plan, terms, clock());
    return { ...rows, claim: at === 0 ? claimOf(rows.row, once) : null };
  };
  let leadId = made;
  if (leadId === null) {
    const jobs = [await jobAt(0), await jobAt(1)];
    leadId = jobs[0].row.jobId;
    const { needed } = CHALLENGE_RULE;
    const rule = { needed, challenge: true, compare: "kind", judge: null } as const;
    await home.submitVerification({ jobs, ...rule }, CALL);
  }
  if ((await store.verificationOf(leadId)).length === 2) {
    // As the command does it: another one may have asked a third provider at the same moment.
    await home.submitThird({ job: await jobAt(2), leadId }, CALL).catch((error) => {
      if (codeOf(error) !== "conflict") throw error;
    });
  }
  return leadId;
}
