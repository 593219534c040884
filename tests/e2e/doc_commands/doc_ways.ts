/** How a test runs the commands of the pages: what stands for their placeholders, and which ones it leaves out, with the reason. */
import { allDocLines } from "../../commands/doc_lines.ts";
import { until } from "../process.ts";
import type { Way } from "./doc_town.ts";
import {
  BUILDS,
  CLOSING,
  COMPILES,
  ENGINE,
  FIRST_RUN,
  INSPECTOR,
  INSTALLS,
  KEYRING,
  type LeftOut,
  leftOut,
  MODEL,
  OTHER_HOME,
  PAGES_LEFT_OUT,
  PROVIDER_OF_A_NETWORK,
  SUITE,
  SUITE_OF_NPM,
  VERIFIED,
} from "./left_out.ts";
import {
  AMD64,
  announced,
  channel,
  channelOf,
  crosstown,
  FRIEND,
  FUNCTION,
  lastJob,
  LOOKS,
  MAYOR,
  MAYOR_DOWN,
  newChannel,
  REPOSITORY_OF_STATE,
  sequence,
  startSequence,
  toItself,
  WEB,
  WITH_PASSPHRASE,
  writeSequence,
} from "./town_ways.ts";

/** The README's command without a task; `deno task generate` writes its flags. */
const START = (await allDocLines()).find(({ line }) => line.startsWith("deno run "))!.line;

/** By page and line. A line that its page does not have, or twice, is a mistake. */
export const WAYS: Readonly<Record<string, Readonly<Record<string, Way | LeftOut>>>> = {
  ...PAGES_LEFT_OUT,
  "README.md": {
    "npx --yes deno@2.9.6 task demo": FIRST_RUN,
    "npx --yes deno@2.9.6 task test": SUITE,
    'crosstown() { npx --yes deno@2.9.6 task -q crosstown "$@"; }': FUNCTION,
    'crosstown job submit echo --input "hello" --wait': { before: crosstown("mayor up --detach") },
    "crosstown dev down": leftOut(
      "ends the network of all pages; it is run at their end",
      "tests/e2e/readme_tour_test.ts",
    ),
    "crosstown node up --detach": PROVIDER_OF_A_NETWORK,
    "crosstown node status": PROVIDER_OF_A_NETWORK,
    "crosstown channel deposit ch_2df0df07 10": { put: { "ch_2df0df07": channelOf } },
    "crosstown channel close ch_2df0df07": { put: { "ch_2df0df07": channelOf } },
    "crosstown channel settle ch_2df0df07": { put: { "ch_2df0df07": channelOf } },
    "crosstown mayor attach": {
      ...LOOKS,
      before: newChannel,
    },
    "crosstown web": WEB,
    "crosstown job watch": LOOKS,
    "crosstown relay watch --events": LOOKS,
    "crosstown logs --follow": { until: /./ },
    "deno task -q package npm": leftOut("packs everything", "tests/e2e/npm_package_test.ts"),
    "npm i -g ./dist/crosstown-*.tgz": leftOut("downloads Deno", "tests/e2e/npm_package_test.ts"),
    "crosstown demo": FIRST_RUN,
    "deno install": INSTALLS,
    [START]: { cwd: "repository" },
  },
  "docs/getting_started.md": {
    "npx --yes deno@2.9.6 task demo": FIRST_RUN,
    'crosstown() { npx --yes deno@2.9.6 task -q crosstown "$@"; }': FUNCTION,
    "crosstown dev down": leftOut("ends the network of all pages; it is run at their end"),
  },
  "docs/buyer.md": {
    "crosstown mayor up --detach": { before: MAYOR_DOWN },
    'crosstown job submit ci-run --input . --param command="make test" --bid 0.5 --artifact "dist/**" --wait':
      { cwd: "project", needs: "make" },
    "crosstown build -t app --platform linux/amd64 --to app.tar .": BUILDS,
    'crosstown job submit text-generation --input "Explain this error: ..." --wait': MODEL,
  },
  "docs/provider.md": {
    "crosstown node up --tag ci-cd-linux --jobs 8 --detach": PROVIDER_OF_A_NETWORK,
    "crosstown node status": {
      home: "try",
      before: crosstown("node up --network dev --home ~/try --detach"),
    },
    "crosstown node attach": { home: "try", ...LOOKS },
    "crosstown payments stats --since 7d": { home: "try" },
    "crosstown payments export --format csv --to earnings.csv": { home: "try" },
    "crosstown channel close CHANNEL": CLOSING,
    "crosstown channel settle CHANNEL": CLOSING,
    "crosstown wallet send ADDRESS 5 --dry-run": {
      put: { ADDRESS: () => Promise.resolve(FRIEND) },
    },
  },
  "docs/skills.md": {
    'crosstown job quote text-generation --input "Tell me a story" --param max_tokens=100 --payment on-delivery':
      MODEL,
    'crosstown job submit text-generation --input "Tell me a story" --param max_tokens=100 --payment on-delivery --wait':
      MODEL,
    'crosstown job submit wordcount --input "three little words" --wait': {
      before: announced("wordcount"),
    },
    "crosstown stage toon-encoder wrap.json | crosstown stage prepare-sink --purpose write":
      leftOut("needs a wrap of another client", "tests/journeys/skill_author_test.ts"),
  },
  "docs/operator.md": {
    "crosstown mayor attach": LOOKS,
    "crosstown web": WEB,
    "crosstown logs --follow": { until: /./ },
    "crosstown node pause": { home: "try" },
    "crosstown node resume": { home: "try" },
  },
  "docs/agents.md": {
    "crosstown mayor up": MAYOR,
    "npx @modelcontextprotocol/conformance server --url URL --expected-failures tests/interop/mcp/fixtures_of_the_suite.yaml":
      SUITE_OF_NPM,
    "npx @modelcontextprotocol/inspector --cli crosstown mcp --method tools/list": INSPECTOR,
    "npx @modelcontextprotocol/inspector --cli crosstown mcp --method tools/call --tool-name list_jobs --tool-arg limit=1":
      INSPECTOR,
    "npx @modelcontextprotocol/inspector --cli crosstown mcp --method resources/list": INSPECTOR,
    'deno task evals --agent "claude -p"': leftOut(
      "needs an agent's program",
      "tests/evals/evals_test.ts",
    ),
    "npx @modelcontextprotocol/inspector --cli URL --transport http --method tools/list": INSPECTOR,
    "npx @modelcontextprotocol/inspector --cli URL --transport http --method tools/call --tool-name list_jobs":
      INSPECTOR,
  },
  "docs/gastown.md": {
    "crosstown mayor up --detach": { before: MAYOR_DOWN },
    'crosstown sling ci-run --input . --param command="sh test.sh" --callback save-artifacts': {
      cwd: "project",
    },
  },
  "examples/README.md": {
    "deno install": INSTALLS,
    "deno task -q crosstown dev up --detach": leftOut(
      "is refused while a network is up",
      "tests/e2e/no_daemon/examples_test.ts",
    ),
    "deno task -q example examples/buy.ts fixtures/projects/greeting": { cwd: "repository" },
  },
  "docs/jobs.md": {
    'crosstown job submit ci-run --input . --param command="sh test.sh" --verify 2of3 --bid 0.5 --wait':
      VERIFIED,
    'crosstown job submit ci-run --input . --param command="make test" --challenge 0.05 --bid 0.5 --wait':
      leftOut("needs three providers", "tests/e2e/challenge_test.ts"),
    'crosstown job submit measure --kind 5655 --input "..." --verify 2of3 --compare skill:similar-json --wait':
      leftOut("needs three providers", "tests/e2e/judges/judged_answers_test.ts"),
    "crosstown job evidence job-5abc123 --out evidence.json": VERIFIED,
    "crosstown job evidence --check evidence.json": VERIFIED,
  },
  "docs/sequences.md": {
    "crosstown job sequence run sequence.toml --dry-run": { before: writeSequence },
    "crosstown job sequence status SEQUENCE": sequence,
    "crosstown job sequence wait SEQUENCE": sequence,
    "crosstown job sequence cancel SEQUENCE": { ...sequence, before: startSequence },
  },
  "docs/recovery.md": {
    "crosstown state recover": { before: MAYOR_DOWN },
    "crosstown state import ~/crosstown-backup --home ~/new": OTHER_HOME,
    "crosstown state recover --home ~/new": OTHER_HOME,
  },
  "docs/audit.md": {
    "cd ~/.gt/hooks/mayor-001/crosstown": {},
    "git log --oneline": REPOSITORY_OF_STATE,
    "git blame channels/ch_7f3a9b2e.toml": {
      ...REPOSITORY_OF_STATE,
      put: { ch_7f3a9b2e: channelOf },
    },
    "git fsck ; git status --porcelain": REPOSITORY_OF_STATE,
    "tail payment_log.jsonl | jq .": { ...REPOSITORY_OF_STATE, needs: "jq" },
  },
  "docs/install.md": {
    "deno task -q package file --out dist": leftOut(
      "packs everything",
      "tests/packaging/file_test.ts",
    ),
    "dist/crosstown demo": leftOut("needs the file", "tests/packaging/file_test.ts"),
    "deno task -q package man --out ~/.local/share/man/man1": { cwd: "repository" },
    "deno task -q package notes": { cwd: "repository" },
    "deno task compile --out dist": COMPILES,
    "deno task compile --out dist --all": COMPILES,
    "podman build --format docker --build-arg COMMIT=$(git rev-parse --short=12 HEAD) -t crosstown .":
      ENGINE,
    "podman run --rm --read-only --tmpfs /work-tmp --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -v crosstown:/home/crosstown/.gt crosstown wallet show":
      ENGINE,
    "crosstown init": leftOut("asks on a terminal", "tests/commands/init/init_test.ts"),
    "crosstown init --network dev --yes --passphrase-file ~/passphrase": {},
  },
  "docs/configuration.md": {
    "crosstown config edit": leftOut(
      "opens an editor on a terminal",
      "tests/commands/settings/config_edit_test.ts",
    ),
  },
  "docs/home.md": {
    "crosstown home trust": {
      cwd: "own",
      before: (town) => town.run("mkdir -m 700 .gt", { cwd: "own" }),
    },
    "crosstown home list": { cwd: "own" },
    "crosstown home untrust PATH": { cwd: "own", put: { PATH: () => Promise.resolve("$PWD/.gt") } },
    "crosstown node down": { home: "try" },
    "crosstown channel close CHANNEL": channel,
    "crosstown channel settle CHANNEL": { ...channel, before: crosstown("dev advance 1d") },
    "crosstown --home NEW wallet init": {
      put: { NEW: () => Promise.resolve("~/renewed") },
      add: WITH_PASSPHRASE,
    },
    "crosstown wallet send ADDRESS AMOUNT": {
      put: { ADDRESS: () => Promise.resolve(FRIEND), AMOUNT: () => Promise.resolve("1") },
      add: " --yes",
    },
    "secret-tool store --label='crosstown wallet' service crosstown account wallet": KEYRING,
    "security add-generic-password -s crosstown -a wallet -w": KEYRING,
  },
  "docs/networks.md": {
    "crosstown wallet init": { home: "own", add: WITH_PASSPHRASE },
    "crosstown wallet whoami": { home: "own" },
    "crosstown node up --detach": PROVIDER_OF_A_NETWORK,
    "crosstown job submit echo --input hello --wait": {
      before: newChannel,
    },
    "crosstown provider list --more-relays wss://relay-two.example,wss://relay-three.example":
      leftOut("names relays that are not there", "tests/e2e/more_relays_test.ts"),
    "crosstown config set more_relays wss://relay-two.example,wss://relay-three.example": {
      home: "own",
    },
    "crosstown skill approve ./my-skill --home ~/try": {
      before: async (town) => {
        await town.run("crosstown skill remove wordcount --home ~/try");
        await town.json("skill new my-skill --runner deno --dir .");
      },
    },
    "crosstown node up --network dev --home ~/try --detach": {},
    'crosstown job submit my-skill --kind 5650 --input "some text" --provider KEY --wait': {
      before: announced("my-skill"),
      put: { KEY: async (town) => (await town.json("node status --home ~/try")).pubkey },
    },
  },
  "docs/messages.md": {
    'crosstown message send npub1... "The build is red" --subject ci': toItself,
    "git log -1 | crosstown message send npub1... -": { ...toItself, cwd: "repository" },
    'crosstown message send npub1... "Fixed" --reply MESSAGE_ID': {
      put: {
        ...toItself.put,
        MESSAGE_ID: (town) =>
          until(
            "the message",
            async () => (await town.json("message list")).messages[0]?.message_id,
          ),
      },
    },
  },
  "docs/dashboard.md": { "crosstown web": WEB },
  "skills/crosstown/SKILL.md": {
    'crosstown job submit ci-run --input . --param command="sh test.sh" --platform linux/amd64 --dry-run --output json':
      AMD64,
    'crosstown job submit ci-run --input . --param command="sh test.sh" --platform linux/amd64 --bid 0.2 --wait --output json':
      AMD64,
    "crosstown job wait JOB --output json": lastJob,
    "crosstown job status JOB --output json": lastJob,
  },
};
