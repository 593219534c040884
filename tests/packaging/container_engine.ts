/**
 * podman as tests use it: with limits that this process may hand on, a runtime that works on this machine, and a base image made of
 * the machine's own programs, where no registry of images can be reached.
 *
 * @module
 */

/** The engine, ready to build and run. */
export interface Engine extends AsyncDisposable {
  /** Runs podman; rejects where it exits with anything but 0. */
  podman(...args: string[]): Promise<string>;
  /** The same with the exit code as an answer. */
  tried(...args: string[]): Promise<{ code: number; out: string; err: string }>;
  /** The image that is the Dockerfile's BASE. */
  readonly base: string;
}

/** What an image of this program's needs of the system. */
const PROGRAMS = [
  ...["sh", "bash", "git", "bwrap", "deno", "tar", "gzip", "ls", "cat", "mkdir", "chmod", "chown"],
  ...["cp", "mv", "rm", "ln", "stat", "id", "env", "grep", "sed"],
];

/** Copies each program with its libraries to the same paths below a root. */
const MAKE_ROOT = `set -eu
root=$1; deno=$2; shift 2
mkdir -p "$root/tmp" "$root/etc" "$root/root" "$root/proc" "$root/dev"
for each in bin sbin lib lib64; do mkdir -p "$root/usr/$each"; ln -s "usr/$each" "$root/$each"; done
chmod 1777 "$root/tmp"
echo root:x:0:0::/root:/bin/sh > "$root/etc/passwd"
echo root:x:0: > "$root/etc/group"
for name in "$@"; do
  file=$(readlink -f "$(command -v "$name")")
  [ "$name" != deno ] || file=$deno
  cp -L "$file" "$root/usr/bin/$name"
  for library in $(ldd "$file" | grep -o '/[^ )]*'); do
    mkdir -p "$root$(dirname "$library")"
    [ -e "$root$library" ] || cp -L "$library" "$root$library"
  done
done`;

/** The reason why there is no engine, or a way to start it. Nothing is started or made yet. */
export async function findEngine(): Promise<{ why: string } | { start: () => Promise<Engine> }> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return { why: "needs root on Linux" };
  const version = await call("podman", ["--version"]).catch(() => null);
  return version?.code === 0 ? { start } : { why: "there is no podman" };
}

async function start(): Promise<Engine> {
  const folder = await Deno.makeTempDir({ prefix: "ct-containers-" });
  const base = `localhost/crosstown-base:${crypto.randomUUID().slice(0, 8)}`;
  // By default podman asks for the highest limits, which a process without all rights may not pass on.
  const ulimits = ["nofile=4096:4096", "nproc=4096:4096"];
  const conf = `${folder}/containers.conf`;
  await Deno.writeTextFile(conf, `[containers]\ndefault_ulimits = ${JSON.stringify(ulimits)}\n`);
  let runtime: string[] = [];
  const tried: Engine["tried"] = (...args) =>
    call("podman", [...runtime, ...args], { CONTAINERS_CONF: conf });
  const podman: Engine["podman"] = async (...args) => {
    const { code, out, err } = await tried(...args);
    if (code !== 0) throw new Error(`podman ${args.join(" ")}: exit ${code}\n${out}\n${err}`);
    return out;
  };
  const engine: Engine = {
    podman,
    tried,
    base,
    async [Symbol.asyncDispose]() {
      await tried("rmi", "--force", base);
      await Deno.remove(folder, { recursive: true });
    },
  };
  try {
    const root = `${folder}/root`;
    const made = await call("sh", ["-c", MAKE_ROOT, "sh", root, Deno.execPath(), ...PROGRAMS]);
    if (made.code !== 0) throw new Error(made.err);
    await call("tar", ["-C", root, "-cf", `${folder}/root.tar`, "."]);
    await podman("import", `${folder}/root.tar`, base);
    // crun refuses machines with both versions of control groups.
    for (const name of ["crun", "runc"]) {
      runtime = ["--runtime", name];
      const { code } = await tried("run", "--rm", "--network=none", base, "id");
      if (code === 0) return engine;
    }
    throw new Error("neither crun nor runc runs a container here");
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

async function call(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}
