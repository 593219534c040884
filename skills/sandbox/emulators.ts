/**
 * For which platforms a machine builds images, and the programs that run another machine's programs.
 *
 * @see https://docs.kernel.org/admin-guide/binfmt-misc.html
 * @module
 */

/** A platform for which images are built. */
export interface BuildPlatform {
  /** e.g. `linux/arm64`. */
  readonly platform: string;
  /** The program that runs this platform's programs; null where the machine itself does. */
  readonly emulator: string | null;
}

/** What builds images here. Survives a structured clone. */
export interface Builder {
  /** The absolute path of buildah. */
  readonly buildah: string;
  /** What it builds for, the machine's own first. */
  readonly platforms: readonly BuildPlatform[];
  /** Archives of base images: the path of each by its file name. */
  readonly bases: Readonly<Record<string, string>>;
}

/** How programs of a machine begin (e_ident, e_type, e_machine), and which bits of it count, as binfmt_misc reads them. */
const MAGIC: Readonly<Record<string, readonly [qemu: string, machine: string]>> = {
  "linux/amd64": ["qemu-x86_64-static", "\\x3e\\x00"],
  "linux/arm64": ["qemu-aarch64-static", "\\xb7\\x00"],
};
const HEAD = "\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01" + "\\x00".repeat(9) + "\\x02\\x00";
const MASK = "\\xff".repeat(7) + "\\x00" + "\\xff".repeat(8) + "\\xfe\\xff\\xff\\xff";

/** The names of the programs that are looked for beside buildah, by platform. */
export const EMULATORS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(MAGIC).map(([platform, [name]]) => [platform, name]),
);

/** The line that registers an emulator with the kernel: opened at once, so that it need not lie where a step sees it. */
export function ruleOf(platform: string, emulator: string): string {
  return `:job:M::${HEAD}${MAGIC[platform][1]}:${MASK}:${emulator}:F`;
}
