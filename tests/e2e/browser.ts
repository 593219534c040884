/**
 * A headless Chromium, driven over its own DevTools protocol.
 *
 * @module
 */

/** Path of Chromium; null if this machine has none. */
export const CHROMIUM: string | null = await findChromium();

/** For the name of a test that needs it. */
export const noChromium = CHROMIUM === null
  ? { ignore: true, why: " (ignored: no chromium here)" }
  : { ignore: false, why: "" };

async function findChromium(): Promise<string | null> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const found = await new Deno.Command(name, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    })
      .output().then(({ success }) => success, () => false);
    if (found) return name;
  }
  return null;
}

/** A page of it. */
export interface BrowserPage extends AsyncDisposable {
  /** Goes there, at this size. */
  open(url: string, size: { readonly width: number; readonly height: number }): Promise<void>;
  /** The value of an expression in the page. */
  // deno-lint-ignore no-explicit-any
  evaluate(expression: string): Promise<any>;
  /** Polls an expression until it is true, at most for two minutes. */
  until(expression: string): Promise<void>;
  /** A picture of the page, PNG. */
  screenshot(): Promise<Uint8Array>;
  /** Errors of its console and of its content security policy. */
  readonly problems: readonly string[];
}

/** Starts a browser with its own profile. */
export async function openBrowser(): Promise<BrowserPage> {
  const profile = await Deno.makeTempDir({ prefix: "ct-browser-" });
  const child = new Deno.Command(CHROMIUM!, {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const url = await devtoolsUrl(child.stderr);
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const problems: string[] = [];
  let last = 0;
  let sessionId: string | undefined;
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    if (method === "Log.entryAdded" && params.entry.level === "error") {
      problems.push(params.entry.text);
    }
    if (method === "Runtime.exceptionThrown") problems.push(params.exceptionDetails.text);
    const asked = waiting.get(id);
    if (asked === undefined) return;
    waiting.delete(id);
    if (error === undefined) asked.resolve(result);
    else asked.reject(new Error(error.message));
  };
  const call = (method: string, params: object = {}) => {
    const asked = Promise.withResolvers<Record<string, unknown>>();
    waiting.set(++last, asked);
    socket.send(JSON.stringify({ id: last, method, params, sessionId }));
    return asked.promise;
  };
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  sessionId = (await call("Target.attachToTarget", { targetId, flatten: true }))
    .sessionId as string;
  for (const domain of ["Page", "Runtime", "Log"]) await call(`${domain}.enable`);
  const evaluate = async (expression: string) => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    }) as { result: { value: unknown }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return result.value;
  };
  return {
    problems,
    evaluate,
    async open(to, { width, height }) {
      const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
      await call("Emulation.setDeviceMetricsOverride", metrics);
      await call("Page.navigate", { url: to });
    },
    async until(expression) {
      const untilMs = Date.now() + 120_000;
      while (await evaluate(expression).catch(() => false) !== true) {
        if (Date.now() > untilMs) {
          const text = await evaluate("document.body.innerText");
          throw new Error(`waited two minutes for ${expression}; the page shows:\n${text}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async screenshot() {
      const { data } = await call("Page.captureScreenshot", { format: "png" });
      return Uint8Array.fromBase64(data as string);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      sessionId = undefined;
      call("Browser.close").catch(() => undefined);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5_000))]);
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await Deno.remove(profile, { recursive: true }).catch(() => undefined);
    },
  };
}

/** Reads the address from standard error, and keeps reading it so that the browser never blocks. */
function devtoolsUrl(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const found = Promise.withResolvers<string>();
  void (async () => {
    let text = "";
    for await (const part of stderr.pipeThrough(new TextDecoderStream())) {
      text = (text + part).slice(-10_000);
      const [, url] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
      if (url !== undefined) found.resolve(url);
    }
    found.reject(new Error(`chromium ended: ${text}`));
  })();
  found.promise.catch(() => undefined);
  return found.promise;
}
