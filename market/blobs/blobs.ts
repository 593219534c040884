/**
 * What the blobs of a home promise, and what they are started with.
 *
 * @module
 */
import type { BlobReference } from "../../blobs/blob_reference.ts";

/** What is put: bytes, or a file that the service may read. */
export type BlobSource =
  | { readonly bytes: Uint8Array }
  | { readonly file: string }
  /** A file of the folder `incoming` in the blobs' own, by its name. */
  | { readonly incoming: string };

/** What is known of it, for its reference. */
interface BlobLabels {
  /** MIME type. */
  readonly type?: string;
  /** A relative path. */
  readonly name?: string;
  /**
   * Stores it as chunks, of which the server is sent those alone that it does not have; gzip is unpacked before. `fetch` gives the raw
   * file then. For folders and images that are sent again and again; `type` is the list's.
   */
  readonly chunked?: boolean;
  /** Encrypts it for this key alone, 64 hex digits; not with `chunked`. */
  readonly reader?: string;
}

/** The blobs of a home. */
export interface Blobs {
  /**
   * Keeps a blob and stores it at the network's blob server, for which storage is bought where too little is left. Gives its reference,
   * which goes into an event as `imetaTag(reference)`. Rejects with BlobTransferError: `too_large`, `no_server`, `payment_required`,
   * `unreachable`, `stalled`, `refused`, `no_space`.
   */
  put(source: BlobSource, labels?: BlobLabels): Promise<BlobReference>;
  /**
   * Brings a blob here, from the first of its servers that has it; gives the path of the file, whose bytes were verified. The file stays
   * until a week after its last use and must not be changed. A reference with a key is opened, for which `author` names who encrypted it. Rejects with BlobTransferError: `too_large` before anything is asked, `wrong_hash`, `not_there`,
   * `stalled`, `unreachable`, `redirected`, `wrong_length`.
   */
  fetch(
    reference: BlobReference,
    limits: { readonly maxBytes: number; readonly author?: string },
  ): Promise<{ readonly path: string }>;
}

/** What the service is started with. */
export interface BlobServiceOptions {
  /** Where blobs are kept; its parent exists. */
  readonly folder: string;
  /** Folders of files that may be put. */
  readonly readable: readonly string[];
  /** The network's blob server; null where it has none. */
  readonly server: {
    /** `http://` or `https://`. */
    readonly url: string;
    /** In decimal; 0 is free. */
    readonly unitsPerMib: string;
    /** Further servers, which are sent copies; none where absent. */
    readonly mirrors?: readonly string[];
  } | null;
  /** Where storage is ordered and paid: the relay's terminal. Null where nothing can be paid. */
  readonly payTo: { readonly ilpAddress: string; readonly pubkey: string } | null;
  /** The largest blob that is kept or fetched. */
  readonly maxBytes: number;
}
