# Buyer, provider or dev network. The first stage makes the program as plain JavaScript with its packages; the second holds that, Deno,
# git and bubblewrap, and nothing that installs. BASE is pinned by version; pass it to pin a digest, or to use a mirror.
ARG BASE=docker.io/denoland/deno:debian-2.9.6

FROM ${BASE} AS build
USER root
WORKDIR /src
ENV DENO_DIR=/deno-dir \
    DENO_NO_UPDATE_CHECK=1
# Packages first: this layer changes only with the lock file.
COPY deno.json deno.lock ./
RUN deno install --quiet --frozen
COPY cli.ts mod.ts ./
COPY protocols ./protocols
COPY contracts ./contracts
COPY base ./base
COPY verifier ./verifier
COPY blobs ./blobs
COPY config ./config
COPY store ./store
COPY money ./money
COPY peers ./peers
COPY skills ./skills
COPY market ./market
COPY stages ./stages
COPY trail ./trail
COPY runtime ./runtime
COPY home ./home
COPY network ./network
COPY shell ./shell
COPY mcp ./mcp
COPY commands ./commands
COPY fixtures ./fixtures
COPY lint ./lint
COPY packaging ./packaging
# The commit that `crosstown version` names: --build-arg COMMIT=$(git rev-parse --short=12 HEAD)
ARG COMMIT=
RUN deno task -q package folder --out /app --commit "${COMMIT}"

FROM ${BASE}
USER root
# A base of your own may have them already.
RUN if ! command -v git >/dev/null || ! command -v bwrap >/dev/null; then \
      apt-get update \
      && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends bubblewrap git ca-certificates \
      && rm -rf /var/lib/apt/lists/*; \
    fi \
 && echo 'crosstown:x:10001:10001::/home/crosstown:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'crosstown:x:10001:' >> /etc/group \
 && mkdir -p /home/crosstown/.gt /work-tmp \
 && chown -R 10001:10001 /home/crosstown \
 && chmod 700 /home/crosstown/.gt && chmod 1777 /work-tmp
# Owned by root: the program cannot change itself, with a read-only root or without.
COPY --from=build /app /app

USER crosstown
WORKDIR /app
ENV DENO_NO_UPDATE_CHECK=1 \
    DENO_DIR=/work-tmp/deno \
    HOME=/home/crosstown \
    GASTOWN_HOME=/home/crosstown/.gt \
    TMPDIR=/work-tmp
VOLUME ["/home/crosstown/.gt"]
STOPSIGNAL SIGTERM

# Healthy: the daemon or dev network of this home answers on its socket.
HEALTHCHECK --interval=60s --timeout=30s --start-period=120s CMD ["deno", "run", \
  "--quiet", \
  "--cached-only", \
  "--no-prompt", \
  "--ignore-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE", \
  "--allow-read=/app,/home/crosstown/.gt,/work-tmp,/usr,/bin,/sbin,/lib,/lib64,/etc,/proc", \
  "--allow-write=/home/crosstown/.gt,/work-tmp", \
  "--allow-net", \
  "--allow-env=HOME,PATH,TMPDIR,NO_COLOR,TERM,LANG,LC_ALL,LC_CTYPE,CREDENTIALS_DIRECTORY,XDG_CONFIG_HOME,SUDO_UID,GIT_*,GASTOWN_HOME,GASTOWN_MAYOR,GASTOWN_WALLET_ADDRESS,GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED,GASTOWN_WALLET_PRIVATE_KEY,GASTOWN_ALLOW_UNENCRYPTED_KEYS,GASTOWN_ALLOW_MAINNET,GASTOWN_CROSSTOWN_RELAY_URL,GASTOWN_CROSSTOWN_MORE_RELAYS,GASTOWN_CROSSTOWN_CONNECTOR_BTP,GASTOWN_BASE_SEPOLIA_RPC,GASTOWN_MAX_CHANNEL_BALANCE_M2M,GASTOWN_TRACING_ENDPOINT,CROSSTOWN_RELAY_URL,CROSSTOWN_CONNECTOR_BTP", \
  "--allow-sys=uid", \
  "--allow-run=git,bwrap,sh,secret-tool,security,/usr/bin/deno", \
  "cli.js", "doctor", "--daemon"]

# Reads: the program, its state, its work folder, and what a sandbox binds. Writes: state and work folder. Runs: these programs and
# itself. Its children (dev up, node up) are started with these flags or fewer: shell/self.ts asks what is held.
# The host names of relay and connector can be appended to --allow-net by an operator who knows them.
ENTRYPOINT ["deno", "run", \
  "--quiet", \
  "--cached-only", \
  "--no-prompt", \
  "--ignore-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE", \
  "--allow-read=/app,/home/crosstown/.gt,/work-tmp,/usr,/bin,/sbin,/lib,/lib64,/etc,/proc", \
  "--allow-write=/home/crosstown/.gt,/work-tmp", \
  "--allow-net", \
  "--allow-env=HOME,PATH,TMPDIR,NO_COLOR,TERM,LANG,LC_ALL,LC_CTYPE,CREDENTIALS_DIRECTORY,XDG_CONFIG_HOME,SUDO_UID,GIT_*,GASTOWN_HOME,GASTOWN_MAYOR,GASTOWN_WALLET_ADDRESS,GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED,GASTOWN_WALLET_PRIVATE_KEY,GASTOWN_ALLOW_UNENCRYPTED_KEYS,GASTOWN_ALLOW_MAINNET,GASTOWN_CROSSTOWN_RELAY_URL,GASTOWN_CROSSTOWN_MORE_RELAYS,GASTOWN_CROSSTOWN_CONNECTOR_BTP,GASTOWN_BASE_SEPOLIA_RPC,GASTOWN_MAX_CHANNEL_BALANCE_M2M,GASTOWN_TRACING_ENDPOINT,CROSSTOWN_RELAY_URL,CROSSTOWN_CONNECTOR_BTP", \
  "--allow-sys=uid", \
  "--allow-run=git,bwrap,sh,secret-tool,security,/usr/bin/deno", \
  "cli.js"]
CMD ["--help"]
