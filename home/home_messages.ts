/**
 * The service for private messages of a home.
 *
 * @module
 */
import type { Profile } from "../config/profile.ts";
import type { Messages } from "../market/messages/messages.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";
import type { Supervisor } from "./workers/supervisor.ts";

interface MessageOptions {
  readonly profile: Profile;
  /** In bytes. */
  readonly limits: { readonly eventBytes: number };
}

/** Sends and reads private messages. */
export function startMessages(
  supervisor: Supervisor,
  { profile, limits }: MessageOptions,
  pubkey: string,
  services: Readonly<Record<string, ServiceHandle>>,
): Promise<ServiceHandle<Messages>> {
  const { relayUrl, moreRelays = [], relay } = profile;
  const options = {
    pubkey,
    relayUrl,
    reads: [relayUrl, ...moreRelays],
    payTo: { ilpAddress: relay?.ilpAddress ?? "", pubkey: relay?.pubkey ?? "" },
    eventBytes: limits.eventBytes,
  };
  return supervisor.whenNeeded("messages", options, services);
}
