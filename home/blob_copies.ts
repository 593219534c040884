/**
 * Lets a home fetch blobs also from servers that are not its network's: copies that a provider serves itself. The network's own servers come
 * first. Only if they fail, a worker starts that may reach exactly the further hosts of this one reference ({@link
 * ../market/blobs/blob_copies_service.ts}).
 *
 * Held: at most {@link MOST_AT_ONCE} such workers; further fetches wait. Fetches of one blob run one after the other.
 *
 * @module
 */
import { hostOfUrl } from "../base/urls.ts";
import type { BlobReference } from "../blobs/blob_reference.ts";
import { BlobTransferError } from "../blobs/blob_transfer_error.ts";
import { sourceHosts, type SourceReach } from "../blobs/client/source_url.ts";
import type { Blobs } from "../market/blobs/blobs.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import { servedHere } from "./served_here.ts";
import type { Supervisor } from "./workers/supervisor.ts";

const MOST_AT_ONCE = 4;
const METHODS = ["put", "progressOf", "fetch"] as const;

/** After these errors another server would not help. */
const FINAL: readonly BlobTransferError["code"][] = [
  "bad_reference",
  "too_large",
  "no_space",
  "bad_key",
];

/** Where copies may come from. */
interface CopyOptions {
  /** The home's folder of blobs. */
  readonly folder: string;
  /** `host:port` of the servers that the blob service reaches itself. */
  readonly known: readonly string[];
  readonly reach: SourceReach;
}

/** The same service, whose `fetch` also tries further servers. It serves its clients on this thread until it is disposed. */
export function withCopies(
  blobs: ServiceHandle<Blobs>,
  supervisor: Pick<Supervisor, "service">,
  { folder, known, reach }: CopyOptions,
): ServiceHandle<Blobs> & Disposable {
  let inner: Blobs | null = null;
  const own = () => inner ??= blobs.client();
  const fetches = new Map<string, ReturnType<Blobs["fetch"]>>();
  let free = MOST_AT_ONCE;
  const waiting: (() => void)[] = [];
  const enter = async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** Gives the place to the next fetch that waits. */
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };

  const fromOthers = async (reference: BlobReference, hosts: readonly string[], most: number) => {
    await enter();
    try {
      const service = await supervisor.service("blob-copies", { folder, hosts, reach });
      try {
        await service.client().fetch(reference, { maxBytes: most });
      } finally {
        await service.stop();
      }
    } finally {
      leave();
    }
  };

  const fetch: Blobs["fetch"] = async (reference, limits) => {
    const isKnown = (url: string) => URL.canParse(url) && known.includes(hostOfUrl(url));
    const [ours, others] = [true, false].map((wanted) =>
      reference.urls.filter((url) => isKnown(url) === wanted)
    );
    const hosts = sourceHosts(others.filter((url) => URL.canParse(url)), reach);
    try {
      return await own().fetch({ ...reference, urls: ours.length > 0 ? ours : others }, limits);
    } catch (error) {
      const isFinal = !(error instanceof BlobTransferError) || FINAL.includes(error.code);
      if (isFinal || hosts.length === 0) throw error;
    }
    const { key: _, ...sealed } = reference;
    await fromOthers({ ...sealed, urls: others }, hosts, limits.maxBytes);
    // It is in the folder now, and the blob service opens it if it is sealed.
    return await own().fetch(reference, limits);
  };

  const implementation: Blobs = {
    put: (...args) => own().put(...args),
    progressOf: (incoming) => own().progressOf(incoming),
    async fetch(reference, limits) {
      // Other callers may have other limits or another key, so only their transfers are waited for.
      for (let running; (running = fetches.get(reference.sha256)) !== undefined;) {
        await running.catch(() => undefined);
      }
      const mine = fetch(reference, limits);
      fetches.set(reference.sha256, mine);
      try {
        return await mine;
      } finally {
        if (fetches.get(reference.sha256) === mine) fetches.delete(reference.sha256);
      }
    },
  };
  return servedHere(blobs.name, implementation, METHODS, () => blobs.stop());
}
