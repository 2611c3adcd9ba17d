# The hub with the browser application. From the repository's root: docker build -f deploy/docker/hub.Dockerfile .

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /kubeshark
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json tsconfig.json ./
COPY scripts scripts
COPY packages packages
COPY apps apps
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile
RUN node scripts/build.ts

# The base image has the Node of node_modules already.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /kubeshark
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages packages
COPY apps/bff apps/bff
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --ignore-scripts --filter @kubeshark/bff... \
 && rm -rf node_modules/node-linux-* node_modules/.pnpm/node-linux-*

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="kubeshark-hub" org.opencontainers.image.licenses="Apache-2.0"
# The store and zstd work on libuv's pool; its default of 4 would let four of them stop all file access.
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16 KUBESHARK_HOST=0.0.0.0 KUBESHARK_DATA_DIR=/data
WORKDIR /kubeshark
COPY --from=packages /kubeshark ./
COPY --from=build /kubeshark/apps/web/dist apps/web/dist
COPY LICENSE ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8899
CMD ["node", "apps/bff/src/main.ts"]
