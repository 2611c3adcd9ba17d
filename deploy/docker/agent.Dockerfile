# The capture agent of one node. From the repository's root: docker build -f deploy/docker/agent.Dockerfile .

# The base image has the Node of node_modules already.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /kubeshark
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages packages
COPY apps/agent apps/agent
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --ignore-scripts --filter @kubeshark/agent... \
 && rm -rf node_modules/node-linux-* node_modules/.pnpm/node-linux-*
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev \
 && node apps/agent/src/build-helper.ts /kubeshark/helper

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="kubeshark-agent" org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
 && apt-get install -y --no-install-recommends tcpdump=4.99.* \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16 KUBESHARK_SPOOL_DIR=/var/lib/kubeshark/spool \
    KUBESHARK_HELPER_DIR=/kubeshark/helper NODE_OPTIONS=--max-semi-space-size=4
WORKDIR /kubeshark
COPY --from=packages /kubeshark ./
COPY LICENSE ./
# Root opens interfaces; the chart takes every capability away but the few it names.
CMD ["node", "apps/agent/src/main.ts"]
