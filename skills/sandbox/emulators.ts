/**
 * The platforms for which a machine can build images, and the emulators that run programs of other machines.
 *
 * @see https://docs.kernel.org/admin-guide/binfmt-misc.html
 * @module
 */

/** A platform for which images are built. */
export interface BuildPlatform {
  /** For example `linux/arm64`. */
  readonly platform: string;
  /** The emulator that runs programs of this platform. Null if the machine runs them itself. */
  readonly emulator: string | null;
}

/** How this machine builds images. It can be cloned (structured clone). */
export interface Builder {
  /** The absolute path of buildah. */
  readonly buildah: string;
  /** The platforms it can build for. The platform of the machine is the first. */
  readonly platforms: readonly BuildPlatform[];
  /** Archives of base images: file name to path. */
  readonly bases: Readonly<Record<string, string>>;
}

/** The qemu program of each platform, and the ELF machine number (e_machine) of its programs in the notation of binfmt_misc. */
const MAGIC: Readonly<Record<string, readonly [qemu: string, machine: string]>> = {
  "linux/amd64": ["qemu-x86_64-static", "\\x3e\\x00"],
  "linux/arm64": ["qemu-aarch64-static", "\\xb7\\x00"],
};
/** The start of an ELF program (e_ident, e_type), and the bits of it that must match. */
const HEAD = "\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01" + "\\x00".repeat(9) + "\\x02\\x00";
const MASK = "\\xff".repeat(7) + "\\x00" + "\\xff".repeat(8) + "\\xfe\\xff\\xff\\xff";

/** The names of the emulators, by platform. */
export const EMULATORS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(MAGIC).map(([platform, [name]]) => [platform, name]),
);

/** The line that registers an emulator with the kernel. The flag F opens its file now, so a build step need not see the file. */
export function ruleOf(platform: string, emulator: string): string {
  return `:job:M::${HEAD}${MAGIC[platform][1]}:${MASK}:${emulator}:F`;
}
