/**
 * The private messages of a home, in their own worker without permissions: it asks the signer, the store and the relay reader.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { MessageParts } from "./home_messages.ts";
import type { Messages, MessagesOptions } from "./messages.ts";

/** For the host: the service `messages`. */
export const definition = defineService({
  name: "messages",
  methods: ["run"] as const,
  services: ["signer", "store", "relayReader", "relayCopies"] as const,
  permissions: (_options: MessagesOptions) => ({}),
  async start(
    options: MessagesOptions,
    remotes: Omit<MessageParts, "timers">,
  ): Promise<Messages> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const [{ homeMessages }, { systemTimers }] = await Promise.all([
      import("./home_messages.ts"),
      import("../../base/timers.ts"),
    ]);
    return homeMessages(options, { ...remotes, timers: systemTimers });
  },
});
