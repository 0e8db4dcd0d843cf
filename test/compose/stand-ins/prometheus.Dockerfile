# In place of Prometheus's image: Debian's package, an older version, and busybox's wget for the health check.
FROM lockstep-stand-in/debian:base
RUN apt-get update \
  && apt-get install --yes --no-install-recommends busybox prometheus \
  && ln -s /bin/busybox /usr/local/bin/wget \
  && mkdir -p /prometheus \
  && chown 65534:65534 /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
