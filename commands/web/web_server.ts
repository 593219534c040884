/**
 * The dashboard over HTTP on the loopback address: a page, its script and style, and a stream of frames, all of it below a path with
 * the token. Only GET is answered.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { asksThisMachine, sameText } from "../../base/loopback_http.ts";
import { CommandError } from "../../shell/errors.ts";
import { PAGE, SCRIPT, STYLE } from "./page.ts";
import type { WebScreens, WebView } from "./web_screens.ts";

/** Serves until it is disposed. */
interface WebServer extends AsyncDisposable {
  /** With the token. */
  readonly url: string;
}

const HOST = "127.0.0.1";
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
} as const;

const FILES: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  "": { type: "text/html; charset=utf-8", text: PAGE },
  "dashboard.js": { type: "text/javascript; charset=utf-8", text: SCRIPT },
  "dashboard.css": { type: "text/css; charset=utf-8", text: STYLE },
};

/** Listens. Throws CommandError `no_web` where the port is taken. */
export function serveWeb(
  port: number,
  token: string,
  screens: Pick<WebScreens, "open">,
): WebServer {
  const stop = new AbortController();
  try {
    const server = Deno.serve({
      hostname: HOST,
      port,
      signal: stop.signal,
      onListen: () => undefined,
      onError: () => answer(500),
    }, (request) => respond(request, token, screens));
    return {
      url: `http://${HOST}:${server.addr.port}/${token}/`,
      async [Symbol.asyncDispose]() {
        // Streams of frames never end by themselves.
        stop.abort();
        await server.finished;
      },
    };
  } catch (cause) {
    throw new CommandError(
      "no_web",
      `the dashboard cannot be served on ${HOST}:${port}: ${messageOf(cause)}`,
      "name another port with --port",
      { cause },
    );
  }
}

function respond(
  request: Request,
  token: string,
  screens: Pick<WebScreens, "open">,
): Response {
  if (!asksThisMachine(request.headers)) return answer(403);
  const { pathname, searchParams } = new URL(request.url);
  const [, given, name, ...more] = pathname.split("/");
  if (!sameText(given, token) || name === undefined || more.length > 0) return answer(404);
  if (request.method !== "GET") return answer(405);
  if (name === "frames") {
    const frames = screens.open(viewOf(searchParams));
    if (frames === null) return answer(503);
    return answer(200, "text/event-stream", frames.pipeThrough(asEvents()));
  }
  if (!Object.hasOwn(FILES, name)) return answer(404);
  return answer(200, FILES[name].type, FILES[name].text);
}

/** A frame as an event of EventSource. JSON has no line feeds of its own. */
function asEvents(): TransformStream<string, Uint8Array> {
  const encoder = new TextEncoder();
  return new TransformStream({
    transform: (frame, controller) => controller.enqueue(encoder.encode(`data: ${frame}\n\n`)),
  });
}

function viewOf(asked: URLSearchParams): WebView {
  const number = (name: string, least: number, most: number, usual: number) => {
    const value = asked.get(name) ?? "";
    return /^\d{1,4}$/.test(value) ? Math.min(most, Math.max(least, Number(value))) : usual;
  };
  const choice = asked.get("choice");
  const jobId = asked.get("job");
  return {
    columns: number("columns", 40, 400, 100),
    rows: number("rows", 10, 200, 40),
    choice: choice === "open" || choice === "failed" ? choice : "all",
    jobId: jobId !== null && /^job-[0-9a-f]{7,64}$/.test(jobId) ? jobId : null,
  };
}

function answer(
  status: number,
  type = "text/plain; charset=utf-8",
  body: string | ReadableStream<Uint8Array> | null = null,
): Response {
  return new Response(body, { status, headers: { ...HEADERS, "content-type": type } });
}
