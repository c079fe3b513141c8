# Debian, since the pinned Node.js is linked with glibc. The image runs that one, which is the one that is tested.
FROM node:24-bookworm-slim AS packages
WORKDIR /opt/kermesse
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libstdc++6 tini \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --home-dir /var/lib/kermesse --create-home kermesse \
  && install --directory --owner kermesse --mode 700 /var/lib/kermesse/data
WORKDIR /opt/kermesse
COPY --from=packages /opt/kermesse/node_modules ./node_modules
COPY package.json LICENSE ./
COPY protocol ./protocol
COPY consensus ./consensus
COPY api ./api
COPY config ./config
COPY node ./node
ENV NODE_ENV=production PATH=/opt/kermesse/node_modules/.bin:$PATH
RUN ln -s /opt/kermesse/node/kermesse.mjs /usr/local/bin/kermesse
USER kermesse
VOLUME /var/lib/kermesse/data
EXPOSE 4001 4101
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["kermesse", "status", "--config", "/etc/kermesse/node.yaml"]
ENTRYPOINT ["tini", "--", "kermesse"]
CMD ["node", "run", "--config", "/etc/kermesse/node.yaml"]
