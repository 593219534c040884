#!/bin/sh
# The program `crosstown` of the image. `deno task generate` writes this file.
# Reads: the program, its state, its work folder, and what a sandbox binds. Writes: state and work folder. Runs: these programs and
# itself. Its children (dev up, node up) are started with these flags or fewer: shell/self.ts asks what is held.
# An operator who knows the hosts of relay and connector can mount a copy over this file that names them behind --allow-net=.
# `mayor attach`, `node attach`: a dashboard gets small heaps.
watcher=
case "${1:-} ${2:-}" in
"mayor attach" | "node attach") watcher='--v8-flags=--no-opt,--max-semi-space-size=1,--initial-old-space-size=6,--heap-growing-percent=20,--expose-gc' ;;
esac
exec deno run ${watcher:+"$watcher"} --config /app/deno.json \
  '--quiet' \
  '--cached-only' \
  '--node-modules-dir=manual' \
  '--no-prompt' \
  '--ignore-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE' \
  '--allow-read=/app,/home/crosstown/.gt,/work-tmp,/usr,/bin,/sbin,/lib,/lib64,/etc,/proc' \
  '--allow-write=/home/crosstown/.gt,/work-tmp' \
  '--allow-net' \
  '--allow-env=HOME,PATH,TMPDIR,NO_COLOR,TERM,LANG,LC_ALL,LC_CTYPE,CREDENTIALS_DIRECTORY,XDG_CONFIG_HOME,SUDO_UID,GIT_*,GASTOWN_HOME,GASTOWN_MAYOR,GASTOWN_WALLET_ADDRESS,GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED,GASTOWN_WALLET_PRIVATE_KEY,GASTOWN_ALLOW_UNENCRYPTED_KEYS,GASTOWN_ALLOW_MAINNET,GASTOWN_CROSSTOWN_RELAY_URL,GASTOWN_CROSSTOWN_MORE_RELAYS,GASTOWN_CROSSTOWN_CONNECTOR_BTP,GASTOWN_BASE_SEPOLIA_RPC,GASTOWN_MAX_CHANNEL_BALANCE_M2M,GASTOWN_TRACING_ENDPOINT,CROSSTOWN_RELAY_URL,CROSSTOWN_CONNECTOR_BTP' \
  '--allow-sys=uid' \
  '--allow-run=git,bwrap,sh,secret-tool,security,/usr/bin/deno' \
  /app/cli.js "$@"
