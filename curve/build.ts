/**
 * Builds protocols/secp256k1/curve.wasm: `deno task curve FOLDER`, where FOLDER holds the source of libsecp256k1 0.5.0. Needs clang and wasm-ld 14
 * (Debian 12: `apt-get install clang lld`). The same source and compiler give the same bytes, which a test holds to
 * {@link WASM_SHA256}.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Of the source's archive `libsecp256k1_0.5.0.orig.tar.xz` in Debian 13. */
export const SOURCE_SHA256 = "13b70138be52d7a23bdf0ea39ed79799a30eb855f2ed82c028357f6432cd536b";
/** Of curve.wasm. */
export const WASM_SHA256 = "d132c072f4f2901fdb3b06738178336a2a24680d79347b2c81808194e3ce6e08";

/** Multiples of the generator: for checks 2^8 odd ones of two points (32 KiB), for secrets 22 KiB. Larger tables gain under 5 %. */
const TABLES = ["-DECMULT_WINDOW_SIZE=10", "-DCOMB_BLOCKS=11", "-DCOMB_TEETH=6"];

if (import.meta.main) {
  const [source] = Deno.args;
  if (source === undefined) throw new Error("Name the folder of libsecp256k1's source");
  const here = new URL(".", import.meta.url).pathname;
  const out = `${here}../protocols/secp256k1/curve.wasm`;
  const { success } = await new Deno.Command("clang", {
    args: [
      "--target=wasm32",
      "-nostdlib",
      "-O3",
      "-mbulk-memory",
      "-isystem",
      `${here}libc`,
      `-I${source}`,
      `-I${source}/include`,
      `-I${source}/src`,
      // Paths stand in messages: without these the bytes would tell where it was built.
      `-fmacro-prefix-map=${source}=secp256k1`,
      `-fmacro-prefix-map=${here}=`,
      "-DENABLE_MODULE_RECOVERY=1",
      "-DENABLE_MODULE_EXTRAKEYS=1",
      "-DENABLE_MODULE_SCHNORRSIG=1",
      "-DUSE_FORCE_WIDEMUL_INT64=1",
      ...TABLES,
      "-Wall",
      "-Werror",
      "-Wno-unused-function",
      "-Wl,-z,stack-size=131072",
      "-Wl,--no-entry",
      "-Wl,--strip-all",
      `${here}glue.c`,
      "-o",
      out,
    ],
  }).spawn().status;
  if (!success) Deno.exit(1);
  await Deno.chmod(out, 0o644);
  console.log(createHash("sha256").update(await Deno.readFile(out)).digest("hex"));
}
