/** Attacks in a buyer's input: archives and repositories. */
import type { AttackClass } from "../attack.ts";

/** An input that is a trap. Shell has `$BAIT`, and `$OUT`, the file to make. */
export interface InputAttack {
  readonly name: string;
  readonly class: AttackClass;
  /** Makes the input. */
  readonly make: string;
  /** The kind of input that `ci-run` is told. */
  readonly input: "tar" | "bundle" | "url";
  /** What somebody careless would do with it, in an empty folder, as `$OUT`. */
  readonly careless: string;
  /** The job's command; also run after `careless`. */
  readonly command: string;
  /** Shell code on the host: exit 0 means harm. If absent, the secret or `OWNED` in the command's output means harm. */
  readonly harm?: string;
}

const UNPACK = 'tar -P -xzf "$OUT"';
const UP = "../../../../../../../../../../../..";
const planted = (name: string) => `[ -e "$BAIT/home/planted-${name}" ]`;

function archive(name: string, make: string, command: string, harm?: string): InputAttack {
  return { name, class: "archives", make, input: "tar", careless: UNPACK, command, harm };
}

/** A hand-made entry of a tar: name, type, link, mode, and the number of zeros that follow. */
const ENTRY = `perl -e 'sub entry { my ($name, $type, $link, $mode, $size, $major, $minor) = @_;
  my $h = pack "a100 a8 a8 a8 a12 a12 a8 a1 a100 a6 a2 a32 a32 a8 a8 a155 x12", $name, sprintf("%07o", $mode), "0000000", "0000000", sprintf("%011o", $size), "00000000000", "        ", $type, $link, "ustar", "00", "root", "root", sprintf("%07o", $major // 0), sprintf("%07o", $minor // 0), "";
  my $sum = 0; $sum += $_ for unpack "C*", $h; substr($h, 148, 8) = sprintf "%06o\\0 ", $sum; print $h } `;
const END = `print "\\0" x 1024' | gzip -c >"$OUT"`;

const ARCHIVES: readonly InputAttack[] = [
  archive(
    "unpacks to a path of the machine",
    `echo x >x; tar -P --transform "s,^x$,$BAIT/home/planted-absolute," -czf "$OUT" x`,
    "true",
    planted("absolute"),
  ),
  archive(
    "unpacks above its folder",
    `echo x >x; tar -P --transform "s,^x$,${UP}$BAIT/home/planted-above," -czf "$OUT" x`,
    "true",
    planted("above"),
  ),
  archive(
    "unpacks above its folder by a long name",
    `echo x >x; tar --format=gnu -P --transform "s,^x$,${UP}/./././././././././././././././././././././././././././././././././././././././$BAIT/home/planted-long," -czf "$OUT" x`,
    "true",
    planted("long"),
  ),
  archive(
    "unpacks above its folder by a header of its own",
    `echo x >x; tar --format=pax -P --transform "s,^x$,${UP}/./././././././././././././././././././././././././././././././././././././././$BAIT/home/planted-pax," -czf "$OUT" x`,
    "true",
    planted("pax"),
  ),
  archive(
    "unpacks through a link that it brings",
    `mkdir a b b/d; ln -s "$BAIT/home" a/d; echo x >b/d/planted-through; tar -cf t.tar -C a d; tar -rf t.tar -C b d/planted-through; gzip -c t.tar >"$OUT"`,
    "true",
    planted("through"),
  ),
  archive(
    "brings a hard link to the operator's key",
    `${ENTRY} entry("stolen", 1, "$ENV{BAIT}/home/identity.enc", 0644, 0); ${END}`,
    "cat stolen",
  ),
  archive(
    "brings a symbolic link to the operator's key",
    `ln -s "$BAIT/home/identity.enc" stolen; tar -czf "$OUT" stolen`,
    "cat stolen",
  ),
  archive(
    "brings a device",
    `${ENTRY} entry("kmsg", 3, "", 0666, 0, 1, 11); ${END}`,
    "[ -c kmsg ] && echo OWNED",
  ),
  archive(
    "brings a program that is set to root",
    `${ENTRY} entry("root", 0, "", 04755, 0); ${END}`,
    "[ -u root ] && echo OWNED",
  ),
  archive(
    "brings a repository whose settings run a program",
    `git init -q .; git config core.fsmonitor "touch $BAIT/home/planted-fsmonitor; false"; tar -czf "$OUT" .git`,
    "git status",
    planted("fsmonitor"),
  ),
  archive(
    "grows to more than it may",
    `${ENTRY} entry("big", 0, "", 0644, 160 << 20); print "\\0" x (1 << 20) for 1 .. 160; ${END}`,
    '[ "$(stat -c %s big)" -gt 150000000 ] && echo OWNED',
  ),
  archive(
    "has more files than it may",
    `${ENTRY} entry("f$_", 0, "", 0644, 0) for 1 .. 20_500; ${END}`,
    '[ "$(ls | wc -l)" -gt 20100 ] && echo OWNED',
  ),
];

const REPOSITORY =
  "git init -q -b main r; cd r; git config user.name t; git config user.email t@localhost";
const BUNDLE = 'git add -A; git commit -q -m x; git bundle create -q "$OUT" HEAD main';

function repository(
  name: string,
  make: string,
  careless: string,
  command: string,
  harm?: string,
): InputAttack {
  return {
    name,
    class: "git",
    make: `${REPOSITORY}; ${make}; ${BUNDLE}`,
    input: "bundle",
    careless,
    command,
    harm,
  };
}

const CLONE = 'git -c protocol.file.allow=always clone -q --recurse-submodules "$OUT" . 2>&1';

const REPOSITORIES: readonly InputAttack[] = [
  repository(
    "brings a link to the operator's key",
    'ln -s "$BAIT/home/identity.enc" stolen',
    CLONE,
    "cat stolen",
  ),
  repository(
    "has a submodule in a repository of the operator",
    'git init -q -b main "$BAIT/home/private"; cp "$BAIT/home/identity.enc" "$BAIT/home/private/key"; git -C "$BAIT/home/private" add key; git -C "$BAIT/home/private" -c user.name=o -c user.email=o@localhost commit -q -m key; ' +
      'git -c protocol.file.allow=always submodule add -q "$BAIT/home/private" sub',
    CLONE,
    "cat sub/key",
  ),
  repository(
    "uses a filter that the operator's git has",
    'echo "stolen filter=show" >.gitattributes; echo x >stolen',
    'export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=filter.show.smudge GIT_CONFIG_VALUE_0="cat $BAIT/home/identity.enc"; ' +
      CLONE,
    "cat stolen",
  ),
  repository(
    "leaves a program to whoever runs git there afterwards",
    "echo x >x",
    CLONE,
    'git config core.fsmonitor "touch $BAIT/home/planted-later; false"; true',
    planted("later"),
  ),
  repository(
    "leaves a hook to whoever runs git there afterwards",
    "echo x >x",
    CLONE,
    'd=$(git rev-parse --git-common-dir); mkdir -p "$d/hooks"; printf "#!/bin/sh\\ntouch $BAIT/home/planted-hook\\n" >"$d/hooks/post-checkout"; chmod +x "$d/hooks/post-checkout"',
    planted("hook"),
  ),
  {
    name: "is a program in the place of a repository's address",
    class: "git",
    make: 'printf "ext::sh -c touch%% $BAIT/home/planted-ext" >"$OUT"',
    input: "url",
    careless: 'git -c protocol.ext.allow=always clone -q "$(cat "$OUT")" . 2>&1; true',
    command: "true",
    harm: planted("ext"),
  },
  {
    name: "is an option in the place of a repository's address",
    class: "git",
    make: 'printf -- "--upload-pack=touch $BAIT/home/planted-option;false" >"$OUT"',
    input: "url",
    careless: 'git init -q x; git clone -q "$(cat "$OUT")" "$PWD/x" y 2>&1; true',
    command: "true",
    harm: planted("option"),
  },
  {
    name: "is a folder of the operator in the place of a repository's address",
    class: "git",
    make:
      'git init -q -b main "$BAIT/home/own"; cp "$BAIT/home/identity.enc" "$BAIT/home/own/key"; git -C "$BAIT/home/own" add key; git -C "$BAIT/home/own" -c user.name=o -c user.email=o@localhost commit -q -m key; printf "file://$BAIT/home/own" >"$OUT"',
    input: "url",
    careless: 'git clone -q "$(cat "$OUT")" . 2>&1',
    command: "cat key",
  },
];

/** The rows. */
export const INPUTS: readonly InputAttack[] = [...ARCHIVES, ...REPOSITORIES];
