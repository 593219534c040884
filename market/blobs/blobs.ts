/**
 * The interface and options of a home's blob service.
 *
 * @module
 */
import type { BlobReference } from "../../blobs/blob_reference.ts";

/** What is stored: bytes, or a file that the service may read. */
export type BlobSource =
  | { readonly bytes: Uint8Array }
  | { readonly file: string }
  /** The name of a file in the subfolder `incoming` of the blob folder. */
  | { readonly incoming: string };

/** Properties of a blob for its reference. */
interface BlobLabels {
  /** MIME type. */
  readonly type?: string;
  /** A relative path. */
  readonly name?: string;
  /**
   * Stores it as chunks, so that the server is sent only the chunks that it does not have. Gzip is unpacked first, and `fetch` then returns
   * the raw file. It is for folders and images that are sent repeatedly. The reference's `type` is that of the chunk list.
   */
  readonly chunked?: boolean;
  /** Encrypts it for this public key, 64 hex digits. It cannot be combined with `chunked`. */
  readonly reader?: string;
}

/** How far an upload is: the bytes that were sent, and all that the server does not have. */
export interface BlobProgress {
  readonly bytes: number;
  /** 0 until the server has said what it has. */
  readonly ofBytes: number;
}

/** The blobs of a home. */
export interface Blobs {
  /**
   * Stores a blob here and at the network's blob server, and buys storage there if too little is left. Returns its reference, which an
   * event contains as `imetaTag(reference)`. Rejects with BlobTransferError: `too_large`, `no_server`, `payment_required`, `unreachable`,
   * `stalled`, `refused`, `no_space`.
   */
  put(source: BlobSource, labels?: BlobLabels): Promise<BlobReference>;
  /** How far the upload of a file in `incoming` is; null if it does not run. */
  progressOf(incoming: string): Promise<BlobProgress | null>;
  /**
   * Fetches a blob from the first of its servers that has it. Returns the path of the verified file. The file stays until a week after its
   * last use and must not be changed. A reference with a key is decrypted; `author` is the public key that encrypted it. Rejects with
   * BlobTransferError: `too_large` (before any request), `wrong_hash`, `not_there`, `stalled`, `unreachable`, `redirected`, `wrong_length`.
   */
  fetch(
    reference: BlobReference,
    limits: { readonly maxBytes: number; readonly author?: string },
  ): Promise<{ readonly path: string }>;
}

/** The options with which the service starts. */
export interface BlobServiceOptions {
  /** The folder in which blobs are stored. Its parent exists. */
  readonly folder: string;
  /** Folders from which files may be stored. */
  readonly readable: readonly string[];
  /** The network's blob server. Null if it has none. */
  readonly server: {
    /** `http://` or `https://`. */
    readonly url: string;
    /** The price in decimal; 0 is free. */
    readonly unitsPerMib: string;
    /** Other servers that receive copies. Default: none. */
    readonly mirrors?: readonly string[];
  } | null;
  /** This home's own server of copies. Default: none. */
  readonly share?: {
    /** The folder that it serves, on the disk of `folder` and below it. */
    readonly folder: string;
    /** Its address for others. */
    readonly url: string;
  } | null;
  /** The relay's terminal, where storage is ordered and paid. Null if nothing can be paid. */
  readonly payTo: { readonly ilpAddress: string; readonly pubkey: string } | null;
  /** How long a transfer is tried again while the server cannot be reached, in milliseconds. Default: not at all. */
  readonly patienceMs?: number;
  /** The largest blob that is stored or fetched, in bytes. */
  readonly maxBytes: number;
}
