import assert from "node:assert/strict";
import { diskOf, startWatchdog } from "../../../skills/sandbox/watchdog.ts";
import { until } from "../../until.ts";
import { temporaryFolder, tools } from "../machine.ts";

Deno.test("a watchdog ends with its process, even if nobody reaps that", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using folder = await temporaryFolder();
  // The second program does not know of the child of the first, and never waits for it.
  const parent = new Deno.Command(tools.sh!, {
    args: ["-c", "sleep 0.01 & echo $!; exec sleep 600 >&-"],
    stdout: "piped",
  }).spawn();
  try {
    const { value } = await parent.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    const limits = { memoryMb: 64, processes: 8, disk: diskOf(folder.path) };
    const watchdog = startWatchdog(tools.sh!, tools.path, pid, limits);
    assert.equal(await watchdog.verdict, "gone");
    watchdog.stop();
  } finally {
    parent.kill("SIGKILL");
    await parent.status;
  }
});

/** What a watchdog says of a job in a folder of this size, where `stat` prints `first` of the disk, and later `then`. */
async function verdictOnDisk(megabytes: number, first?: string, then = first) {
  await using folder = await temporaryFolder();
  await using programs = await temporaryFolder();
  if (first !== undefined) {
    const [stat, seen] = [`${programs.path}/stat`, `${programs.path}/seen`];
    const script =
      `#!/bin/sh\n[ -e ${seen} ] && echo "${then}" && exit\n>${seen}; echo "${first}"\n`;
    await Deno.writeTextFile(stat, script, { mode: 0o755 });
  }
  await Deno.writeFile(`${folder.path}/file`, new Uint8Array(megabytes * 1_048_576));
  // It ends by itself, so that a watchdog whose look at the disk has failed says `gone`.
  const job = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const limits = { memoryMb: 4_096, processes: 8, disk: { ...diskOf(folder.path), mb: 2 } };
  const watchdog = startWatchdog(tools.sh!, `${programs.path}:${tools.path}`, job.pid, limits);
  const verdict = await watchdog.verdict;
  watchdog.stop();
  await job.status;
  return verdict;
}

const PLENTY = "9999999 4096 9999999";
/** Free blocks of 4096 bytes: dash calculates neither with the first number nor with the bytes of the second. */
const MANY = ["18446744073709551615", "3000000000000000"];
for (
  const { name, counts } of [
    { name: "the disk's own counts" },
    {
      name: "inodes that are not counted, as 2^64 - 1",
      counts: "9999999 4096 18446744073709551615",
    },
    { name: "inodes that are not counted, as -1", counts: "9999999 4096 -1" },
    { name: "more free space than dash can count", counts: `${MANY[0]} 4096 9999999` },
    { name: "no counts", counts: "" },
  ]
) {
  Deno.test(`the first look at the disk ends a job that fills its folder: ${name}`, {
    ignore: Deno.build.os !== "linux",
  }, async () => {
    assert.equal(await verdictOnDisk(3, counts), "disk");
  });
}

Deno.test("a watchdog ends a job when few blocks or inodes of the disk are left", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  assert.equal(await verdictOnDisk(1, PLENTY, "99 4096 9999999"), "disk");
  assert.equal(await verdictOnDisk(1, PLENTY, "9999999 4096 99"), "files");
  for (const blocks of MANY) {
    const seen = await verdictOnDisk(1, `${blocks} 4096 9999999`, `${blocks} 4096 99`);
    assert.equal(seen, "files", `${blocks} blocks are not few`);
  }
});

/** A shell that reads its script as on a kernel without lists of children. */
async function shellWithoutLists(folder: string): Promise<string> {
  const path = `${folder}/sh`;
  const script = `#!/bin/sh
script=$(printf '%s' "$2" | sed 's#task/[$][$]/children#task/none#')
shift 2
exec /bin/sh -c "$script" "$@"
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

for (
  const [where, shellIn] of [
    ["", () => Promise.resolve(tools.sh!)],
    [" on a kernel that lists no children", shellWithoutLists],
  ] as const
) {
  Deno.test(`a watchdog counts processes of every generation and session${where}`, {
    ignore: Deno.build.os !== "linux",
  }, async () => {
    await using folder = await temporaryFolder();
    const sh = await shellIn(folder.path);
    /** What the watchdog says of nine processes, in two groups. */
    const watched = async (processes: number) => {
      const four = "sh -c 'sleep 600 & sleep 600 & sleep 600 & echo $$; wait'";
      const child = new Deno.Command("setsid", {
        args: ["sh", "-c", `${four} & setsid ${four} & wait`],
        stdout: "piped",
      }).spawn();
      let pids = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        pids += text;
        if (pids.split("\n").length === 3) break;
      }
      const limits = { memoryMb: 4_096, processes };
      const watchdog = startWatchdog(sh, tools.path, child.pid, limits);
      const seen = await Promise.race([
        watchdog.verdict,
        until(() => watchdog.usage().memoryBytes !== null).then(() => "within"),
      ]);
      watchdog.stop();
      await watchdog.verdict;
      for (const group of [child.pid, ...pids.trim().split("\n")]) {
        await new Deno.Command("sh", {
          args: ["-c", 'kill -s KILL -- "-$1" 2>/dev/null', "sh", `${group}`],
        }).output();
      }
      await child.status;
      return seen;
    };
    assert.deepEqual([await watched(8), await watched(9)], ["processes", "within"]);
  });
}
