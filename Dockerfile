# One image for every role. The models are fetched into a volume at the first start, by the same npm and pip that a
# developer uses; nothing is downloaded while the image is built but packages.

FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package cpaiqa

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates npm python3 python3-pip \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home cpaiqa \
 && install -d -o cpaiqa /var/cache/cpaiqa/models /var/lib/cpaiqa
COPY --from=build /src/target/release/cpaiqa /usr/local/bin/cpaiqa
USER cpaiqa
VOLUME /var/cache/cpaiqa/models /var/lib/cpaiqa
EXPOSE 50051
ENTRYPOINT ["cpaiqa"]
CMD ["serve", "--role", "all"]
