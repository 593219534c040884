/** Why a command that changes or spends something has no `--dry-run`. */

const OF_ITS_OWN = "its network is on this machine alone, and worth nothing";
const DAEMON = "a daemon decides what it does while it runs";
const UNDONE = "the opposite command undoes it";
const UP_TO_DATE = "it buys nothing new: it brings what was bought up to date";
const NEW_FILES = "it only writes files that were not there";

/** By the path of the command. Every command with an effect has `--dry-run` or a reason here; a test compares. */
const REASONS: Readonly<Record<string, string>> = {
  "demo": OF_ITS_OWN,
  "init": "it changes only what you give or answer, and replaces no key",
  "dev up": OF_ITS_OWN,
  "dev run": OF_ITS_OWN,
  "dev advance": OF_ITS_OWN,
  "dev down": OF_ITS_OWN,
  "job status": UP_TO_DATE,
  "job results": UP_TO_DATE,
  "job logs": UP_TO_DATE,
  "job artifacts": UP_TO_DATE,
  "job evidence": NEW_FILES,
  "job wait": UP_TO_DATE,
  "job callback": "its skill decides what it does",
  "job sequence status":
    "it continues what 'job sequence run' began, which has --dry-run; 'job sequence list' continues nothing",
  "job sequence wait": "it continues what 'job sequence run' began, which has --dry-run",
  "hook": "its skill decides what it does",
  "convoy status": "it continues what 'convoy run' began, which has --dry-run",
  "convoy wait": "it continues what 'convoy run' began, which has --dry-run",
  "node up": DAEMON,
  "node run": DAEMON,
  "node attach": "it only shows, and acts on the keys that a person presses",
  "node pause": UNDONE,
  "node resume": UNDONE,
  "node down": UNDONE,
  "skill new": NEW_FILES,
  "skill test": "it runs a skill of yours on files of yours, in the sandbox",
  "skill sign": NEW_FILES,
  "skill price": "without an amount it only shows the price",
  "mayor up": DAEMON,
  "mayor run": DAEMON,
  "mayor attach": "it only shows, and acts on the keys that a person presses",
  "mayor pause": UNDONE,
  "mayor resume": UNDONE,
  "mayor down": UNDONE,
  "mayor export-payments": NEW_FILES,
  "channel watch": "what it does depends on what the other sides do meanwhile",
  "channel recover": "it pays nothing: it finds what is there",
  "payments export": NEW_FILES,
  "export": NEW_FILES,
  "state quarantine retry": "whether a document passes is known after its stages ran",
  "state export": NEW_FILES,
  "state import": "it checks everything first, and takes only a home without records",
  "wallet configure": "it prints a key, and keeps nothing",
  "stage": "a stage does what its input says; only prepare-sink pays",
  "config edit": "what your editor saves is checked before it is taken",
  "mcp": "an agent asks for prices with the tool quote_job",
};

/** The reason; null for a command that has the flag, or that only reads. */
export function noDryRun(path: string): string | null {
  return REASONS[path] ?? null;
}
