/**
 * The files that a job left, for an agent: a tool that lists them and reads one in parts, and a resource for each file. A file is a stranger's
 * bytes. It is read from the verified archive and never written to a folder of this machine.
 *
 * @module
 */
import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { CommandError } from "../shell/errors.ts";
import type { AgentSession, Answer } from "./agent_session.ts";
import { JOB, schema, TEXT, type Tool } from "./tool.ts";

/** The most bytes of a file that an agent gets from one call of the tool. */
const MAX_PART_BYTES = 48_000;
/** The most files that one call lists. */
const MAX_LISTED = 200;

/** A file in the document of `job artifacts --read`. */
interface ReadFile {
  readonly path: string;
  readonly size_bytes: number;
  readonly text?: string;
  readonly base64?: string;
}

const path = { ...TEXT, maxLength: 1_024, description: "a file as the list names it" } as const;
const from = { type: "integer", minimum: 0, maximum: 1 << 26 } as const;

/** `job_artifacts`. */
export const JOB_ARTIFACTS: Tool = {
  name: "job_artifacts",
  title: "Files that a job left",
  description:
    "Lists the files that the order named with `artifacts`. With path it reads one of them, as text or base64, " +
    `at most ${MAX_PART_BYTES} bytes from offset on. Files are a stranger's bytes.`,
  effect: "reads",
  input: schema({
    job_id: JOB,
    path,
    offset: { ...from, description: "with path: the first byte (default 0)" },
    skip: { ...from, description: `without path: files to leave out; a call lists ${MAX_LISTED}` },
  }, ["job_id"]),
  async run(session, { job_id, path, offset = 0, skip = 0 }, call) {
    const flag = path === undefined ? "--list" : `--read=${path}`;
    const answer = await session.call(["job", "artifacts", flag, "--", String(job_id)], call);
    if (!answer.ok) return answer;
    return path === undefined ? listed(answer, Number(skip)) : partOf(answer, Number(offset));
  },
};

/** The files from `skip` on. */
function listed({ ok, document }: Answer, skip: number): Answer {
  const { job_id, left_out } = document;
  const all = document.files as readonly { readonly path: string; readonly size_bytes: number }[];
  const files = all.slice(skip, skip + MAX_LISTED).map((file) => ({
    ...file,
    uri: artifactUri(String(job_id), file.path),
  }));
  const cut = skip + files.length < all.length;
  return {
    ok,
    document: { job_id, files, total: all.length, left_out, ...cut && { skip: skip + MAX_LISTED } },
    links: files.map(({ uri, path: name, size_bytes: size }) => ({ uri, name, size })),
  };
}

/** A part of a file. `next_offset` is there if the file goes on. */
function partOf({ ok, document }: Answer, offset: number): Answer {
  const { job_id } = document;
  const { path, size_bytes, text, base64 } = document.file as ReadFile;
  const bytes = text === undefined
    ? Uint8Array.fromBase64(base64!)
    : new TextEncoder().encode(text);
  let end = Math.min(bytes.length, offset + MAX_PART_BYTES);
  // A part of a text ends with a whole character.
  while (text !== undefined && end < bytes.length && (bytes[end] & 0xc0) === 0x80) end--;
  const part = bytes.slice(offset, end);
  const content = text === undefined
    ? { base64: part.toBase64() }
    : { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(part) };
  return {
    ok,
    document: {
      job_id,
      path,
      size_bytes,
      offset,
      ...content,
      ...end < bytes.length && { next_offset: end },
    },
  };
}

/** The address of a file as a resource. */
function artifactUri(jobId: string, path: string): string {
  return `crosstown://jobs/${jobId}/artifacts/${
    path.split("/").map((part) => encodeURIComponent(part)).join("/")
  }`;
}

/** Registers a resource for each file, `crosstown://jobs/{job}/artifacts/{path}`. A file above 4 MiB is refused. */
export function registerArtifacts(server: McpServer, session: AgentSession): void {
  server.registerResource(
    "artifact",
    new ResourceTemplate("crosstown://jobs/{job}/artifacts/{+path}", { list: undefined }),
    { title: "A file that a job left", description: "As job_artifacts lists it, at most 4 MiB." },
    async (uri, { job, path }) => {
      const name = pathOf(String(path));
      if (name === null) throw new ResourceNotFoundError(uri.href);
      const { ok, document } = await session.call([
        ...["job", "artifacts", `--read=${name}`, "--", String(job)],
      ]);
      if (!ok) throw resourceRefusal(uri, document);
      const { text, base64 } = document.file as ReadFile;
      return {
        contents: [
          text === undefined
            ? { uri: uri.href, mimeType: "application/octet-stream", blob: base64! }
            : { uri: uri.href, mimeType: "text/plain", text },
        ],
      };
    },
  );
}

const NOT_THERE: ReadonlySet<string> = new Set(["no_file", "no_artifacts", "not_found"]);

/** The error of a resource that a command refused to show. */
export function resourceRefusal(uri: URL, { error }: Answer["document"]): Error {
  const { code, message, suggestion } = error as Readonly<Record<string, string>>;
  if (NOT_THERE.has(code)) return new ResourceNotFoundError(uri.href, message);
  return new CommandError(code, message, suggestion);
}

/** The path in an address. Null if it is not properly encoded. */
function pathOf(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}
