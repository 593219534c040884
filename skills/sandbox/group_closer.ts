/**
 * A shell that removes the control groups of ended jobs. To start one for each job would cost about 2 ms of processor time more.
 *
 * Held: the groups that the shell has not removed yet, one for each job that ends, and those of the waiting shells at the end.
 *
 * @module
 */
import {
  type ClosedGroup,
  closedOf,
  closeGroup,
  type ControlGroups,
  type GroupTools,
  type JobGroup,
  READ_COUNTS,
} from "./control_groups.ts";

/** Removes groups. */
interface GroupCloser {
  /** See `closeGroup()`. Groups in which something still runs are left to a shell of their own, so that they delay no others. */
  close(group: JobGroup): Promise<ClosedGroup>;
  /** Ends the shell after it has removed what it was given. Later groups are left to shells of their own. */
  end(): Promise<void>;
}

// $1 is the id of this process; the folders of groups follow. A worker that died has left groups without processes. They are a minute old, so
// that none is meant that a new shell has made and not joined yet.
// Reads for each group: the three files of READ_COUNTS, the number of folders, and the folders. Prints the counts and one word.
const REMOVE = `
pid=$1; shift; places=$*
sweep() {
  for at in $places; do
    find "$at" -maxdepth 1 -name "crosstown-job-$pid-*" -mmin +1 -exec rmdir {} + 2>/dev/null
  done
}
sweep
while IFS= read -r kills && IFS= read -r peak && IFS= read -r cpu && read -r count; do
  folders=$count
  set -- "$kills" "$peak" "$cpu"
  while [ "$folders" -gt 0 ] && IFS= read -r folder; do set -- "$@" "$folder"; folders=$((folders - 1)); done
  ${READ_COUNTS}
  shift 3
  rmdir "$@" 2>/dev/null
  word=removed; for folder; do [ ! -d "$folder" ] || word=left; done; echo $word
done
sweep
`;

interface Shell {
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly ended: Promise<unknown>;
}

interface Waiting {
  readonly lines: string[];
  readonly answer: PromiseWithResolvers<readonly string[]>;
}

/** Makes a closer. Its shell starts with the first group and, if it has ended, with the next one. */
export function createGroupCloser(
  tools: GroupTools,
  groups: ControlGroups | null,
): GroupCloser {
  const { memory = null, processes = null, processor = null } = groups ?? {};
  // A place with a space is not swept.
  const places = [memory, processes, processor].filter((each) => each !== null && !/\s/.test(each));
  const waiting: Waiting[] = [];
  let shell: Shell | null = null;
  let over = false;

  const take = (line: string) => {
    const { lines, answer } = waiting[0] ?? {};
    lines?.push(line);
    if (line !== "removed" && line !== "left") return;
    waiting.shift();
    answer?.resolve(lines!);
  };
  const start = (): Shell => {
    const child = new Deno.Command(tools.sh, {
      args: ["-c", REMOVE, "sh", String(Deno.pid), ...places as string[]],
      clearEnv: true,
      env: { PATH: tools.path },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    const ended = (async () => {
      let text = "";
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (text + chunk).split("\n");
        text = lines.pop()!;
        lines.forEach(take);
      }
      await child.status;
    })().catch(() => undefined).finally(() => {
      shell = null;
      // A shell of its own removes each group that this one has not.
      for (const { lines, answer } of waiting.splice(0)) answer.resolve([...lines, "left"]);
    });
    return { writer, ended };
  };

  return {
    async close(group) {
      const { kills, peak, processor, folders } = group;
      const words = [kills, peak, processor ?? "", String(folders.length), ...folders];
      // A line feed would be read as the end of the path.
      if (over || words.some((word) => word.includes("\n"))) return await closeGroup(group, tools);
      const answer = Promise.withResolvers<readonly string[]>();
      try {
        shell ??= start();
        waiting.push({ lines: [], answer });
        shell.writer.write(new TextEncoder().encode(`${words.join("\n")}\n`)).catch(() =>
          undefined
        );
      } catch {
        answer.resolve(["left"]);
      }
      const lines = await answer.promise;
      const closed = closedOf(lines);
      if (lines.at(-1) === "removed") return closed;
      const { killed, cpuMs, memoryBytes } = await closeGroup(group, tools);
      return {
        killed: closed.killed || killed,
        cpuMs: cpuMs ?? closed.cpuMs,
        memoryBytes: memoryBytes ?? closed.memoryBytes,
      };
    },
    async end() {
      over = true;
      const { writer, ended } = shell ?? {};
      await writer?.close().catch(() => undefined);
      await ended;
    },
  };
}
