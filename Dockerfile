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
RUN deno task -q package folder --out /app --commit "${COMMIT}" \
# A clone of a user with a strict umask has files that only root may read.
 && chmod -R a+rX /app && chmod 755 packaging/image.sh

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
COPY --from=build /src/packaging/image.sh /usr/local/bin/crosstown

USER crosstown
WORKDIR /app
ENV DENO_NO_UPDATE_CHECK=1 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    DENO_DIR=/work-tmp/deno \
    HOME=/home/crosstown \
    GASTOWN_HOME=/home/crosstown/.gt \
    TMPDIR=/work-tmp
VOLUME ["/home/crosstown/.gt"]
STOPSIGNAL SIGTERM

# Healthy: the daemon or dev network of this home answers on its socket.
HEALTHCHECK --interval=60s --timeout=30s --start-period=120s CMD ["crosstown", "doctor", "--daemon"]

# The script names the program's permissions, and becomes the program.
ENTRYPOINT ["crosstown"]
CMD ["--help"]
