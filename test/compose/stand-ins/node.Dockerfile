# In place of Node's image: its binary, npm and the headers of Node-API, each from its npm package.
FROM lockstep-stand-in/debian:base
COPY . /context
RUN cd /context \
  && tar --extract --gzip --file node-linux-*.tgz && cp package/bin/node /usr/local/bin/ && rm -r package \
  && mkdir -p /usr/local/lib/node_modules /usr/local/include/node \
  && tar --extract --gzip --file node-api-headers-*.tgz && cp package/include/* /usr/local/include/node/ && rm -r package \
  && tar --extract --gzip --file npm-*.tgz && mv package /usr/local/lib/node_modules/npm \
  && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
  && mv machine-certificates.pem /usr/local/share/ \
  && rm -r /context
ENV NODE_EXTRA_CA_CERTS=/usr/local/share/machine-certificates.pem PIP_CERT=/usr/local/share/machine-certificates.pem
CMD ["node"]
