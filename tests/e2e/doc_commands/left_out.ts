/** Why a test does not run a line of the pages. */

/** A line that is not run here: why, and the test that runs the same, if there is one. */
export interface LeftOut {
  readonly why: string;
  readonly runBy?: string;
}

export const leftOut = (why: string, runBy?: string): LeftOut => ({ why, runBy });

export const FIRST_RUN = leftOut("has a network of its own", "tests/e2e/demo_test.ts");
export const MODEL = leftOut("needs a model server", "tests/e2e/one_home/text_generation_test.ts");
export const SUITE = leftOut("runs the tests, this one among them");
export const ANNOUNCED = leftOut(
  "needs a second connector that announces itself",
  "tests/e2e/announced_connector_test.ts",
);
export const PUBLIC = leftOut("needs a public network", "tests/e2e/channel_public_chain_test.ts");
export const PROVIDER_OF_A_NETWORK = leftOut(
  "sells on a network other than dev",
  "tests/e2e/own_provider_test.ts",
);
export const LONG = leftOut("takes minutes", "tests/crash/crash_test.ts");
export const CLOSING = leftOut("is run in docs/home.md; this provider goes on");
export const VERIFIED = leftOut("needs three providers", "tests/e2e/verify_test.ts");
export const ENGINE = leftOut(
  "needs podman and a base image",
  "tests/packaging/containers_test.ts",
);
export const BUILDS = leftOut(
  "needs buildah and qemu",
  "tests/skills/image_build/image_build_test.ts",
);
export const COMPILES = leftOut("needs Deno's runtime", "tests/packaging/compile_test.ts");
export const RUNSC = leftOut("needs runsc", "tests/commands/doctor/sandbox_test.ts");
export const INSPECTOR = leftOut("downloads from npm", "tests/e2e/no_daemon/mcp_test.ts");
export const SUITE_OF_NPM = leftOut(
  "downloads from npm",
  "tests/interop/mcp/mcp_conformance_test.ts",
);

export const INSTALLS = leftOut("downloads the packages");
export const OTHER_HOME = leftOut(
  "another home has another dev network",
  "tests/commands/state/state_archive_test.ts",
);

export const KEYRING = leftOut("asks for a passphrase", "tests/commands/wallet/wallet_test.ts");

/** Pages of which no line is run, by page and line. */
export const PAGES_LEFT_OUT: Readonly<Record<string, Readonly<Record<string, LeftOut>>>> = {
  "docs/connectors.md": {
    "crosstown connector terms --pin KEY": ANNOUNCED,
    'crosstown connector terms --pin KEY --accept east --fingerprint "DIGITS"': ANNOUNCED,
  },
  "docs/base-sepolia.md": {
    "crosstown init --network base-sepolia": PUBLIC,
    'crosstown init --network base-sepolia --yes --passphrase-file ~/passphrase --relay-key PUBKEY --terms-fingerprint "DIGITS" --limit-day 5':
      PUBLIC,
    "crosstown relay terms --pin PUBKEY": PUBLIC,
    'crosstown relay terms --pin PUBKEY --accept --fingerprint "DIGITS"': PUBLIC,
    "crosstown wallet receive": PUBLIC,
    "crosstown wallet balance": PUBLIC,
    "crosstown channel open --deposit 5 --dry-run": PUBLIC,
    "crosstown channel open --deposit 5": PUBLIC,
    "crosstown channel list": PUBLIC,
    "crosstown doctor": PUBLIC,
    "crosstown provider list": PUBLIC,
    "crosstown job submit echo --input hello --bid 0.5 --wait": PUBLIC,
    "crosstown channel close CHANNEL": PUBLIC,
    "crosstown channel settle CHANNEL": PUBLIC,
  },
  "docs/image_builds.md": {
    "crosstown build -t app --base debian:12 https://host.example/repo.git#COMMIT": BUILDS,
    "crosstown build -t hello --platform linux/amd64,linux/arm64 --to hello.tar fixtures/projects/hello":
      BUILDS,
    "skopeo copy docker://debian:12 oci-archive:$GASTOWN_HOME/images/debian_12.linux_amd64.tar":
      leftOut(
        "downloads an image",
      ),
    "crosstown build -t app --build-arg SOURCE_DATE_EPOCH=1790000000 .": BUILDS,
    "crosstown build -t app --secret id=token,src=token.txt .": BUILDS,
  },
  "docs/sandbox.md": {
    "crosstown doctor sandbox --sandbox runsc": RUNSC,
    "crosstown config set node.sandbox runsc": RUNSC,
  },
  "docs/crash.md": {
    "deno task crash --seeds 300": LONG,
    "deno task crash --seed 17": LONG,
    "deno task crash --seed 17 --shrink": LONG,
  },
};
