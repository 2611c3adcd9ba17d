# The kubeshark command. docker run --rm --network host kubeshark-cli tap --hub http://localhost:8899

# The base image has the Node of node_modules already.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /kubeshark
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages packages
COPY apps/agent apps/agent
COPY apps/bff apps/bff
COPY apps/cli apps/cli
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --ignore-scripts --filter @kubeshark/cli... \
 && rm -rf node_modules/node-linux-* node_modules/.pnpm/node-linux-*

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="kubeshark-cli" org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16
WORKDIR /kubeshark
COPY --from=packages /kubeshark ./
COPY LICENSE ./
USER node
ENTRYPOINT ["node", "apps/cli/bin/kubeshark.mjs"]
CMD ["--help"]
