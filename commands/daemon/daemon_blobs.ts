/**
 * A provider's own server of copies of its results, if it is configured.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { isLoopback } from "../../base/urls.ts";
import { BlobFolder } from "../../blobs/blob_folder.ts";
import type { Config } from "../../config/config.ts";
import type { SharedBlobs } from "../../home/provider.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";

/**
 * Starts it; null if `node.blob_listen` is not set. Throws UsageError if buyers would have no address for it, CommandError `no_blobs` if it
 * cannot listen.
 */
export async function startShare(
  { supervisor }: Pick<ConfiguredHome, "supervisor">,
  { get, paths, profile }: Config,
): Promise<SharedBlobs | null> {
  const [listen, told] = [get("node.blob_listen"), get("node.blob_url")];
  if (listen === null) return null;
  const isLocal = isLoopback(listen.replace(/:\d+$/, ""));
  // Others reach an address of this machine only on a network that is on this machine.
  if (told === null && !(isLocal && profile.name === "dev")) {
    throw new UsageError(
      "node.blob_listen is set and node.blob_url is not",
      "name the address at which buyers reach it, e.g. https://blobs.example",
    );
  }
  const folder = `${paths.blobsFolder}/shared`;
  await BlobFolder.open(folder);
  try {
    const service = await supervisor.service("blob-share", { listen, folder });
    return { folder, url: told ?? await service.client().url() };
  } catch (cause) {
    throw new CommandError(
      "no_blobs",
      `blobs cannot be served on ${listen}: ${messageOf(cause)}`,
      "name another address in node.blob_listen",
      { cause },
    );
  }
}
