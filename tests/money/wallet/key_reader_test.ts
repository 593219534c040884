import assert from "node:assert/strict";
import {
  createKeyReader,
  definition,
  type KeyReaderOptions,
  keyReaderPaths,
} from "../../../money/wallet/key_reader.ts";

async function files(
  contents: { readonly blob?: string | Uint8Array; readonly passphrase?: string | Uint8Array } = {},
) {
  const folder = await Deno.makeTempDir();
  const identityFile = `${folder}/identity.enc`;
  const passphraseFile = `${folder}/passphrase`;
  const write = async (path: string, text: string | Uint8Array) => {
    await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
    await Deno.chmod(path, 0o600);
  };
  await write(identityFile, contents.blob ?? "QUJD\n");
  await write(passphraseFile, contents.passphrase ?? "open sesame\n");
  return {
    folder,
    identityFile,
    passphraseFile,
    options: { identityFile, passphrase: { file: passphraseFile } } as KeyReaderOptions,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("createKeyReader() reads key and passphrase without line ends, and keeps the spaces of a passphrase", async () => {
  await using home = await files({ passphrase: "  open sesame \r\nsecond line\n" });
  const reader = createKeyReader(home.options);
  assert.deepEqual(await reader.read(), { blob: "QUJD", passphrase: "  open sesame " });
});

Deno.test("createKeyReader() reads once, so that nobody can ask later", async () => {
  await using home = await files();
  const reader = createKeyReader(home.options);
  await reader.read();
  await assert.rejects(reader.read(), { name: "KeyFileError", code: "asked_twice" });
});

for (const mode of [0o640, 0o604, 0o660, 0o601]) {
  Deno.test(`createKeyReader() refuses files of mode ${mode.toString(8)}`, async () => {
    await using home = await files();
    await Deno.chmod(home.identityFile, mode);
    await assert.rejects(createKeyReader(home.options).read(), {
      name: "KeyFileError",
      code: "mode",
      message: `Cannot read the identity file: others may read it too (mode 0${
        mode.toString(8)
      }); chmod 600 it`,
    });
    await Deno.chmod(home.identityFile, 0o600);
    await Deno.chmod(home.passphraseFile, mode);
    await assert.rejects(createKeyReader(home.options).read(), { code: "mode" });
  });
}

const broken: readonly {
  name: string;
  code: string;
  change: (home: Awaited<ReturnType<typeof files>>) => Promise<void>;
}[] = [
  { name: "a missing wallet", code: "no_file", change: (home) => Deno.remove(home.identityFile) },
  {
    name: "a folder",
    code: "not_a_file",
    change: async (home) => {
      await Deno.remove(home.identityFile);
      await Deno.mkdir(home.identityFile);
    },
  },
  {
    name: "a wallet over 8 KiB",
    code: "wallet_format",
    change: (home) => Deno.writeTextFile(home.identityFile, "A".repeat(8_193)),
  },
  {
    name: "a wallet that is not UTF-8",
    code: "wallet_format",
    change: (home) => Deno.writeFile(home.identityFile, new Uint8Array([0xff, 0xfe])),
  },
  {
    name: "a passphrase over 1 KiB",
    code: "too_large",
    change: (home) => Deno.writeTextFile(home.passphraseFile, "A".repeat(1_025)),
  },
  {
    name: "a passphrase that is not UTF-8",
    code: "not_text",
    change: (home) => Deno.writeFile(home.passphraseFile, new Uint8Array([0xff, 0xfe])),
  },
];
for (const { name, code, change } of broken) {
  Deno.test(`createKeyReader() refuses ${name}`, async () => {
    await using home = await files();
    await change(home);
    await assert.rejects(
      createKeyReader(home.options).read(),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.ok(!error.message.includes(home.folder));
        return true;
      },
    );
  });
}

Deno.test("createKeyReader() refuses a named pipe as a passphrase file, and waits for nobody to write", async () => {
  await using secrets = await files();
  await Deno.remove(secrets.passphraseFile);
  const { success } = await new Deno.Command("mkfifo", {
    args: ["-m", "600", secrets.passphraseFile],
  }).output();
  assert.ok(success);
  await assert.rejects(createKeyReader(secrets.options).read(), {
    code: "not_a_file",
    message: "Cannot read the passphrase: it is not a file",
  });
});

Deno.test({
  name: "createKeyReader() refuses a file of another user, also to root, who could read it",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    await using home = await files();
    for (const path of [home.passphraseFile, home.identityFile]) {
      await Deno.chown(path, 65_534, null);
      await assert.rejects(createKeyReader(home.options).read(), {
        code: "owner",
        message: /belongs to another user \(uid 65534\); chown it to yours$/,
      });
      await Deno.chown(path, 0, null);
    }
    assert.equal((await createKeyReader(home.options).read()).passphrase, "open sesame");
  },
});

Deno.test("keyReaderPaths() names the two paths, and refuses an invalid descriptor", () => {
  const passphrase = { descriptor: 3 };
  assert.deepEqual(keyReaderPaths({ identityFile: "/a", passphrase }), ["/a", "/dev/fd/3"]);
  for (const descriptor of [-1, 1.5, 5_000, NaN]) {
    assert.throws(() => keyReaderPaths({ identityFile: "/a", passphrase: { descriptor } }), {
      name: "KeyFileError",
      code: "bad_option",
    });
  }
});

Deno.test("createKeyReader() takes the first line of a pipe's descriptor, which nobody closes", async () => {
  await using home = await files();
  const module = new URL("../../../money/wallet/key_reader.ts", import.meta.url);
  const script = `${home.folder}/read.ts`;
  await Deno.writeTextFile(
    script,
    `import { createKeyReader } from ${JSON.stringify(module.href)};
     const passphrase = { descriptor: 3 };
     const options = { identityFile: ${JSON.stringify(home.identityFile)}, passphrase };
     console.log(JSON.stringify(await createKeyReader(options).read()));`,
  );
  const allow = `--allow-read=${home.identityFile},/dev/fd/3`;
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `exec "$0" run --quiet --no-prompt --no-check --cached-only "$1" "$2" 3<&0`,
      Deno.execPath(),
      allow,
      script,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("through a descriptor\nand more"));
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  assert.equal(stdout, '{"blob":"QUJD","passphrase":"through a descriptor"}\n', stderr);
  await writer.close().catch(() => undefined);
  await child.status;
});

Deno.test("key reader's worker says what to name instead of a link to a passphrase", async () => {
  await using home = await files();
  const link = `${home.folder}/link`;
  await Deno.symlink(home.passphraseFile, link);
  await assert.rejects(inWorker({ ...home.options, passphrase: { file: link } }, link), {
    message:
      "KeyFileError unreadable: Cannot read the passphrase: it is a link; name the file that it leads to",
  });
});

Deno.test("key reader's worker can read its two files and nothing else", async () => {
  await using home = await files();
  const other = `${home.folder}/other`;
  await Deno.writeTextFile(other, "not for you");
  assert.deepEqual(await inWorker(home.options, other), {
    keys: { blob: "QUJD", passphrase: "open sesame" },
    denied: ["other file", "folder", "network", "environment", "write"],
  });
});

/** What the worker answers. Rejects with the code and the words of an error. */
async function inWorker(options: KeyReaderOptions, other: string): Promise<unknown> {
  const worker = new Worker(new URL("./key_reader_worker.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: {
        ...{ net: false, write: false, run: false, env: false, sys: false, ffi: false },
        read: [...definition.permissions(options).read],
      },
    },
  });
  try {
    const answer = Promise.withResolvers<unknown>();
    worker.onmessage = ({ data }) =>
      "error" in data ? answer.reject(new Error(data.error)) : answer.resolve(data);
    worker.onerror = (event) => answer.reject(new Error(event.message));
    worker.postMessage({ options, other });
    return await answer.promise;
  } finally {
    worker.terminate();
  }
}
