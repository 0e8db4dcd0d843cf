# In place of NATS's image on Alpine: the server that set-up brings, and busybox's wget for the health check.
FROM lockstep-stand-in/debian:base
RUN apt-get update && apt-get install --yes --no-install-recommends busybox && ln -s /bin/busybox /usr/local/bin/wget
COPY nats-server /usr/local/bin/
CMD ["nats-server"]
