# A provider or buyer without a build step. The base is pinned by version; pass BASE to pin it by digest or to use a mirror.
ARG BASE=docker.io/denoland/deno:debian-2.9.6
FROM ${BASE}

USER root
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends bubblewrap git ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 --shell /usr/sbin/nologin crosstown \
 && install -d -o crosstown -g crosstown -m 0700 /home/crosstown/.gt \
 && install -d -o crosstown -g crosstown /app /work-tmp

USER crosstown
WORKDIR /app
ENV DENO_DIR=/app/.deno \
    DENO_NO_UPDATE_CHECK=1 \
    GASTOWN_HOME=/home/crosstown/.gt \
    TMPDIR=/work-tmp

# Packages first: this layer changes only with the lock file.
COPY --chown=crosstown:crosstown deno.json deno.lock ./
RUN deno install --quiet --frozen

COPY --chown=crosstown:crosstown cli.ts mod.ts ./
COPY --chown=crosstown:crosstown protocols ./protocols
COPY --chown=crosstown:crosstown contracts ./contracts
COPY --chown=crosstown:crosstown base ./base
COPY --chown=crosstown:crosstown verifier ./verifier
COPY --chown=crosstown:crosstown blobs ./blobs
COPY --chown=crosstown:crosstown config ./config
COPY --chown=crosstown:crosstown store ./store
COPY --chown=crosstown:crosstown money ./money
COPY --chown=crosstown:crosstown peers ./peers
COPY --chown=crosstown:crosstown skills ./skills
COPY --chown=crosstown:crosstown market ./market
COPY --chown=crosstown:crosstown stages ./stages
COPY --chown=crosstown:crosstown trail ./trail
COPY --chown=crosstown:crosstown runtime ./runtime
COPY --chown=crosstown:crosstown home ./home
COPY --chown=crosstown:crosstown network ./network
COPY --chown=crosstown:crosstown shell ./shell
COPY --chown=crosstown:crosstown commands ./commands
COPY --chown=crosstown:crosstown fixtures ./fixtures
RUN deno run --quiet --cached-only --no-prompt cli.ts --version

VOLUME ["/home/crosstown/.gt"]
STOPSIGNAL SIGTERM

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
  "--allow-env=HOME,PATH,TMPDIR,NO_COLOR,TERM,CREDENTIALS_DIRECTORY,XDG_CONFIG_HOME,SUDO_UID,GIT_*,GASTOWN_HOME,GASTOWN_MAYOR,GASTOWN_WALLET_ADDRESS,GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED,GASTOWN_WALLET_PRIVATE_KEY,GASTOWN_ALLOW_UNENCRYPTED_KEYS,GASTOWN_ALLOW_MAINNET,GASTOWN_CROSSTOWN_RELAY_URL,GASTOWN_CROSSTOWN_CONNECTOR_BTP,GASTOWN_BASE_SEPOLIA_RPC,GASTOWN_MAX_CHANNEL_BALANCE_M2M,CROSSTOWN_RELAY_URL,CROSSTOWN_CONNECTOR_BTP", \
  "--allow-sys=uid", \
  "--allow-run=git,bwrap,sh,/usr/bin/deno", \
  "cli.ts"]
CMD ["--help"]
