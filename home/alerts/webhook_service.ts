/**
 * Posts alerts to the operator's webhook, in a worker whose only permission is that host. The address may contain a token, so errors and
 * log lines name only its host.
 *
 * @module
 */
import { hostOfUrl } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";

/** The webhook's address. */
interface WebhookOptions {
  /** `https://`, or `http://` on this machine. */
  readonly url: string;
}

interface Webhook {
  /** Posts a JSON document. Rejects after three failed tries. */
  post(document: Readonly<Record<string, unknown>>): Promise<void>;
}

const TRY_MS = 10_000;
const PAUSES_MS = [0, 1_000, 4_000];

/** The service `webhook` for the worker host. */
export const definition = defineService({
  name: "webhook",
  methods: ["post"] as const,
  permissions: ({ url }: WebhookOptions) => ({ net: [hostOfUrl(url)] }),
  start: ({ url }: WebhookOptions): Promise<Webhook> =>
    Promise.resolve({
      async post(document) {
        let answered = "does not answer";
        for (const pauseMs of PAUSES_MS) {
          if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
          const status = await tried(url, JSON.stringify(document));
          if (status !== null && status >= 200 && status < 300) return;
          if (status !== null) answered = `answered ${status}`;
          // A refused request is not repeated, and a redirect is not followed, because it would send the alert to another host.
          if (status !== null && status < 500 && status !== 429) break;
        }
        throw new Error(`the webhook at ${hostOfUrl(url)} ${answered}`);
      },
    }),
});

/** The HTTP status; null without an answer. The error of `fetch` contains the whole address, so it is dropped. */
async function tried(url: string, body: string): Promise<number | null> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "crosstown" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TRY_MS),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}
