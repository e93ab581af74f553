# One image for every role; it starts offline, as a user without rights, on a read-only file system. Needs BuildKit (Docker 23
# has it on). docs/deploying.md says what the arguments are for.

# Where the binary comes from: `build`, or `prebuilt` (the file prebuilt/cpaiqa).
ARG BINARY=build
# Where the models come from: `pull`, `given` (the folder prebuilt/models) or `none` (a volume brings them).
ARG MODELS=pull
ARG BUILD_IMAGE=rust:1-slim-bookworm
# Must have the build image's glibc or a newer one.
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --package cpaiqa && cp target/release/cpaiqa /cpaiqa

FROM scratch AS prebuilt
COPY prebuilt/cpaiqa /cpaiqa

FROM ${BINARY} AS binary

# npm and pip are in this stage only. The user is the one that serves, so that a volume can be filled by this stage too.
FROM ${BASE_IMAGE} AS puller
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 npm python3 python3-pip \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 /models
COPY --from=binary /cpaiqa /usr/local/bin/cpaiqa
ENV HOME=/tmp CPAIQA_MODELS__DIR=/models
USER 10001:10001
ENTRYPOINT ["cpaiqa"]
CMD ["models", "pull"]

FROM puller AS pull
# Two files are only what others are made from: a quarter of the whole.
RUN cpaiqa models pull \
 && rm -rf /models/staging /models/clip-vit-b-16-image-int8 /models/mobile-sam-decoder-published

FROM scratch AS given
COPY prebuilt/models /models

FROM scratch AS none
WORKDIR /models

FROM ${MODELS} AS models

FROM ${BASE_IMAGE} AS runtime
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 /var/lib/cpaiqa
COPY --from=models --chown=0:0 /models /usr/share/cpaiqa/models
COPY --from=binary /cpaiqa /usr/local/bin/cpaiqa
ENV CPAIQA_SERVER__LISTEN=0.0.0.0:50051 \
    CPAIQA_MODELS__DIR=/usr/share/cpaiqa/models \
    CPAIQA_MODELS__OFFLINE=true \
    CPAIQA_SCENARIO__STORE__URL=sqlite:/var/lib/cpaiqa/scenarios.db
USER 10001:10001
VOLUME /var/lib/cpaiqa
EXPOSE 50051
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["cpaiqa", "health"]
ENTRYPOINT ["cpaiqa"]
CMD ["serve", "--role", "all"]
