# The image of chartgate: the binary, the C library it is linked to and the certificate authorities. No shell, no packages.
#
#   docker build -t chartgate .

FROM rust:1.94-slim AS build
WORKDIR /src
COPY . .
# The caches stay on the building machine, so the binary is copied out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin chartgate && cp target/release/chartgate /usr/local/bin/
# The root of the image: what the binary is linked to, at the same places, and one user without a password.
RUN set -eu; image=/image; \
    install -D /usr/local/bin/chartgate $image/usr/local/bin/chartgate; \
    ldd /usr/local/bin/chartgate | grep -o '/[^ ]*' | while read -r library; do \
        install -D "$library" "$image$library"; done; \
    install -D -m 0644 /etc/ssl/certs/ca-certificates.crt $image/etc/ssl/certs/ca-certificates.crt; \
    echo 'chartgate:x:10001:10001::/data:/nonexistent' >$image/etc/passwd; \
    install -d -m 1777 $image/tmp; install -d -m 0700 -o 10001 -g 10001 $image/data

FROM scratch
COPY --from=build /image/ /
# A number, so that a cluster can see that it is not root. A volume mounted at /data belongs to it.
USER 10001:10001
ENV PATH=/usr/local/bin CHARTGATE_DATA=/data CHARTGATE_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=15s --start-period=30s --retries=3 CMD ["chartgate", "check"]
ENTRYPOINT ["chartgate"]
CMD ["serve"]
