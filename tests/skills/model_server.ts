/**
 * A small model server for tests: it answers in parts, as an OpenAI-compatible server or as Ollama does.
 *
 * @module
 */

/** What it was asked. */
interface Asked {
  readonly path: string;
  readonly authorization: string | null;
  // deno-lint-ignore no-explicit-any -- Whatever was sent.
  readonly body: any;
}

/** A server at work. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
}

/** Starts one on a free port of loopback. It sends `words` one after another, and awaits `between` before each except the first. */
export function modelServer(
  words: readonly string[],
  {
    api = "openai" as "openai" | "ollama",
    status = 200,
    raw = undefined as string | undefined,
    usage = true as boolean | Readonly<Record<string, unknown>>,
    between = () => Promise.resolve() as Promise<unknown>,
  } = {},
): ModelServer {
  const asked: Asked[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    asked.push({
      path: new URL(request.url).pathname,
      authorization: request.headers.get("authorization"),
      body: await request.json(),
    });
    if (status !== 200) return new Response("secret of the server", { status });
    if (raw !== undefined) return new Response(raw);
    const encoder = new TextEncoder();
    const line = (value: unknown) =>
      encoder.encode(
        api === "openai" ? `data: ${JSON.stringify(value)}\n\n` : `${JSON.stringify(value)}\n`,
      );
    return new Response(
      new ReadableStream({
        async start(controller) {
          for (const [at, word] of words.entries()) {
            if (at > 0) await between();
            controller.enqueue(line(
              api === "openai"
                ? { choices: [{ delta: { content: word } }] }
                : { message: { content: word }, done: false },
            ));
          }
          if (api === "openai") {
            controller.enqueue(line({ choices: [{ delta: {}, finish_reason: "stop" }] }));
            const counted = typeof usage === "object"
              ? usage
              : { prompt_tokens: 7, completion_tokens: words.length };
            if (usage) controller.enqueue(line({ choices: [], usage: counted }));
            controller.enqueue(encoder.encode("data: [DONE]\n\n"));
          } else {
            controller.enqueue(line({
              message: { content: "" },
              done: true,
              done_reason: "stop",
              ...(usage && { prompt_eval_count: 7, eval_count: words.length }),
            }));
          }
          controller.close();
        },
      }),
    );
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
