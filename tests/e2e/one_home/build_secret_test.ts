/** A secret of an image build, bought by the real command on `dev`, is found only in the two homes whose owners know it. */
import assert from "node:assert/strict";
import { noBuilder } from "../../skills/image_build/builder_machine.ts";
import { temporaryFolder } from "../../skills/machine.ts";
import { home } from "./one_home.ts";

const BUSYBOX = "/bin/busybox";
const busybox = await Deno.stat(BUSYBOX).then(() => true, () => false);
const when = noBuilder.ignore || busybox
  ? noBuilder
  : { ignore: true, why: " (ignored: no busybox)" };

const CONTAINERFILE = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox","--install","-s","/bin"]
RUN --mount=type=secret,id=token cat /run/secrets/token; wc -c </run/secrets/token >/size
RUN cat /run/secrets/token 2>/dev/null || echo gone
`;

/** Names of files below a folder that contain a text, also if it is gzipped or in an archive. */
async function holding(folder: string, text: string): Promise<string[]> {
  const script = `find "$1" -type f | while IFS= read -r file; do
    if grep -qaF -- "$2" "$file" || gzip -dc <"$file" 2>/dev/null | grep -qaF -- "$2"; then echo "$file"; fi
  done`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", folder, text],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

Deno.test(`a build's secret is in no layer, log, event, statement or kept layer${when.why}`, {
  ignore: when.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const secret = `tok-${crypto.randomUUID()}`;
  const context = `${folder.path}/context`;
  await Deno.mkdir(context);
  await Deno.copyFile(BUSYBOX, `${context}/busybox`);
  await Deno.writeTextFile(`${context}/Containerfile`, CONTAINERFILE);
  await Deno.writeTextFile(`${folder.path}/token`, secret);
  const result = await home.json([
    ...["build", "-t", "hello", "--secret", `id=token,src=${folder.path}/token`],
    ...["--to", `${folder.path}/images.tar`, context],
  ]);
  const [image] = result.images;
  assert.match(image.summary, /^Build: SUCCESS/);
  // The step had the secret, the log covers it, and the next step does not have it.
  assert.match(image.log, /^\*\*\*/m);
  assert.match(image.log, /^gone$/m);
  assert(!JSON.stringify(result).includes(secret));
  const statement = new TextDecoder().decode(Uint8Array.fromBase64(image.statement.payload));
  assert.match(statement, /"secrets":\["token"\]/);
  assert(!statement.includes(secret));

  await Deno.mkdir(`${folder.path}/image`);
  await new Deno.Command("tar", {
    args: ["-xf", `${folder.path}/images.tar`, "-C", `${folder.path}/image`],
  }).output();
  assert.deepEqual(await holding(`${folder.path}/image`, secret), []);
  // The step did run with it: its length is in a layer.
  assert.notDeepEqual(await holding(`${folder.path}/image`, `${secret.length}\n`), []);

  const state = `${home.path}/dev/provider/hooks/mayor-001/crosstown`;
  const work = (await Deno.readTextFile(`${state}/work_folder`)).trim();
  assert.notDeepEqual(await holding(work, "busybox"), [], "layers are kept");
  assert.deepEqual(await holding(work, secret), []);
  // The request itself is only in the stores of buyer and provider: not at the relay, at the connector or in a log.
  const elsewhere = (await holding(home.path, secret))
    .filter((path) => !/\/hooks\/mayor-001\/crosstown\/state\.db(-wal|-shm)?$/.test(path));
  assert.deepEqual(elsewhere, []);
});
