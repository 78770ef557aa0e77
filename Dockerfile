# docker build -t lockwright .        (or buildah bud, podman build; amd64 and arm64)
FROM debian:trixie-slim AS build
COPY scripts/install-deps /src/scripts/install-deps
RUN /src/scripts/install-deps --product
COPY . /src
RUN meson setup /build /src --buildtype=release -Dtests=disabled && ninja -C /build lockwright && strip /build/lockwright

FROM debian:trixie-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates libmicrohttpd12t64 \
		libwebsockets19t64 libjansson4 libserialport0 libsqlite3-0 libcurl4t64 libmosquitto1 libssl3t64 libsystemd0 >/dev/null \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --system --uid 8099 --home-dir /data --no-create-home --shell /usr/sbin/nologin lockwright
COPY --from=build /build/lockwright /usr/bin/lockwright
COPY app/entrypoint /usr/libexec/lockwright-entrypoint
ENV LOCKWRIGHT_LISTEN=0.0.0.0:8099 LOCKWRIGHT_DATA_DIR=/data
VOLUME /data
EXPOSE 8099
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["lockwright", "doctor", "--alive"]
ENTRYPOINT ["/usr/libexec/lockwright-entrypoint"]
CMD ["serve"]
