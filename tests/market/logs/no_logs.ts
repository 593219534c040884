/** A store for runs that print nothing. */
import type { Store } from "../../../store/store.ts";

const unexpected = () => Promise.reject(new Error("nothing was printed"));

export const NO_LOGS: Pick<Store, "jobLog" | "commit"> = { jobLog: unexpected, commit: unexpected };
