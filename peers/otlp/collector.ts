/**
 * Posts spans to the operator's collector of traces (OTLP over HTTP, in JSON). The address may contain a token, so what it reports names
 * only its host.
 *
 * @module
 */

/** Whether the collector has the spans: `away` may be tried again, `refused` may not. */
type Posted = "taken" | "away" | "refused";

const TRY_MS = 10_000;

/** Posts a body once. Follows no redirect, which would send the spans to another host. */
export async function postSpans(endpoint: string, body: string): Promise<Posted> {
  try {
    const { status, body: answer } = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "crosstown" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TRY_MS),
    });
    await answer?.cancel();
    if (status >= 200 && status < 300) return "taken";
    return status >= 500 || status === 429 ? "away" : "refused";
  } catch {
    return "away";
  }
}
