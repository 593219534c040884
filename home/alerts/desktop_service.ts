/**
 * Shows alerts on the desktop with notify-send, in a worker that may run `sh` and nothing else.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";

interface Desktop {
  /** Shows an alert. Rejects if notify-send is missing or no desktop accepts the alert. */
  notify(title: string, text: string): Promise<void>;
}

/** The texts are arguments of the script, never part of it. */
const SCRIPT = 'exec notify-send --app-name=crosstown --urgency=critical -- "$1" "$2"';
const NOT_FOUND = 127;
const MAX_MS = 5_000;

/** The service `desktop` for the worker host. */
export const definition = defineService({
  name: "desktop",
  methods: ["notify"] as const,
  permissions: () => ({ run: ["sh"] }),
  start: (): Promise<Desktop> =>
    Promise.resolve({
      async notify(title, text) {
        const { code } = await new Deno.Command("sh", {
          args: ["-c", SCRIPT, "sh", title, markupFree(text)],
          stdin: "null",
          stdout: "null",
          stderr: "null",
          signal: AbortSignal.timeout(MAX_MS),
        }).output();
        if (code === NOT_FOUND) throw new Error("notify-send is not installed");
        if (code !== 0) throw new Error(`notify-send ended with exit ${code}`);
      },
    }),
});

/** Removes markup, because desktops read the text as markup. */
function markupFree(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
