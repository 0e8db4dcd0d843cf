# In place of the exporter's image, and like that one from nothing but the program.
FROM scratch
COPY prometheus-nats-exporter /
ENTRYPOINT ["/prometheus-nats-exporter"]
