/**
 * A machine of its own that systemd runs: namespaces of the kernel, with the programs of this machine, an empty `/etc`, `/var` and `/run`,
 * and loopback as its only network. Nothing of it is left when its first process ends.
 *
 * @module
 */
import { until } from "../until.ts";

/** The running machine. Its root keeps what commands write until it ends. */
export interface Machine extends AsyncDisposable {
  /** Runs a shell script in it, as root. Never rejects. */
  run(script: string): Promise<{ code: number; out: string }>;
}

/** A folder or file of this machine, and the path at which the other one sees it. It can be changed from there, too. */
export interface Shown {
  readonly from: string;
  readonly to: string;
}

/** The reason why none can be started, or null. */
export async function whyNoMachine(): Promise<string | null> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "needs root on Linux";
  const { code } = await call("sh", ["-c", TRIAL]).catch(() => ({ code: 1 }));
  return code === 0 ? null : "needs systemd, util-linux and the right to make namespaces";
}

/** Starts it. Resolves when systemd has started everything. */
export async function startMachine(shown: readonly Shown[]): Promise<Machine> {
  const folder = await Deno.makeTempDir({ prefix: "ct-machine-" });
  for (const each of ["groups", "root"]) await Deno.mkdir(`${folder}/${each}`);
  const name = `crosstown-test-${crypto.randomUUID().slice(0, 8)}`;
  const started = new Deno.Command("unshare", {
    args: [
      ...["--mount", "sh", "-c", START, "sh", folder, name, BOOT],
      ...shown.map(({ from, to }) => `${from}=${to}`),
    ],
    // It ends when this closes, so also with a test runner that is killed.
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const end = started.status.finally(() => ended = true);
  const first = async () => (await Deno.readTextFile(`${folder}/first`).catch(() => "")).trim();
  const machine: Machine = {
    async run(script) {
      const inside = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup"];
      const clean = ["env", "-i", `PATH=${PATH}`, "HOME=/root", "sh", "-c", script];
      return await call("nsenter", ["--target", await first(), ...inside, ...clean]);
    },
    async [Symbol.asyncDispose]() {
      await started.stdin.close().catch(() => undefined);
      await end;
      await Deno.remove(folder, { recursive: true });
    },
  };
  try {
    await until(async () => {
      if (ended) throw new Error("the machine did not start");
      if (await first() === "") return false;
      const { out } = await machine.run("systemctl is-system-running 2>&1");
      return /^(running|degraded)$/m.test(out);
    });
    return machine;
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
}

const PATH = "/usr/local/bin:/usr/sbin:/usr/bin";

const TRIAL = `set -e
[ -x /lib/systemd/systemd ]
for each in ip nsenter pivot_root runuser useradd; do command -v "$each"; done >/dev/null
folder=$(mktemp -d)
trap 'rmdir "$folder"' EXIT
unshare --mount --pid --fork --uts --ipc --net --cgroup sh -c 'mount -t cgroup2 groups "$1"' sh "$folder"`;

// The machine's processes are in a control group of their own, below which systemd makes its groups.
const START = `set -eu
folder=$1; group=$1/groups/$2; boot=$3; shift 3
mount --make-rprivate /
mount -t cgroup2 groups "$folder/groups"
mkdir "$group"
exec 4<&0 0</dev/null
# The kernel ends every other process of the machine with its first one.
(
  cat <&4 >/dev/null
  until [ -s "$folder/first" ]; do sleep 0.1; done
  kill -KILL "$(cat "$folder/first")"
) &
(
  exec 4<&-
  read -r self _ < /proc/self/stat
  echo "$self" > "$group/cgroup.procs"
  exec unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup sh -c "$boot" sh "$folder" "$@"
) || :
kill $! 2>/dev/null || :
for each in 1 2 3 4 5 6 7 8 9 10; do
  find "$group" -depth -type d -exec rmdir {} + && break
  sleep 0.1
done`;

// After the folder come the folders and files that the machine sees, each as FROM=TO.
const BOOT = `set -eu
root=$1/root
# /proc is still that of the other machine: the number counts there.
read -r pid _ < /proc/self/stat
exec 3> "$1/first"; shift
mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$root"
cd "$root"
mkdir -p usr etc/systemd/system proc sys dev run tmp root var/lib var/cache var/log old
chmod 1777 tmp
for each in bin sbin lib lib64; do ln -s "usr/$each" "$each"; done
mount --bind /usr usr
mount -o remount,bind,ro usr
mount -t tmpfs -o mode=755 local usr/local
mkdir usr/local/bin
for each in passwd group shadow ld.so.cache nsswitch.conf login.defs alternatives pam.d security; do
  [ ! -e "/etc/$each" ] || cp -a "/etc/$each" etc/
done
: > etc/machine-id
for each in getty.target systemd-logind.service; do ln -s /dev/null "etc/systemd/system/$each"; done
ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target
for each; do
  from=\${each%%=*}; to=$root\${each#*=}
  mkdir -p "$(dirname "$to")"
  if [ -d "$from" ]; then mkdir -p "$to"; else : > "$to"; fi
  mount --bind "$from" "$to"
done
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 groups sys/fs/cgroup
mount -t tmpfs -o mode=755 dev dev
for each in null zero full random urandom tty; do : > "dev/$each"; mount --bind "/dev/$each" "dev/$each"; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t tmpfs -o mode=755 run run
ip link set lo up
pivot_root . old
umount -l old
# A unit gets its credentials over shared mounts. Without namespaces systemd makes them shared itself.
mount --make-rshared /
echo "$pid" >&3
exec env -i container=test PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system --log-target=null --show-status=0 3>&-`;

async function call(program: string, args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout) + text(stderr) };
}
