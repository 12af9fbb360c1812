# syntax=docker/dockerfile:1@sha256:ecfaec9ed6d810b56388c508f4121597bfbba70d41a6dfeee4d8cad5f295fc32

# The image holds what serves and nothing else: no sources, no compiler, no bundled Node (the base
# image is Node 26) and no embedded PostgreSQL. docs/deploy.md explains how to run it.
# .github/image.sh checks what CI has built.

FROM node:26.8.1-slim@sha256:c0753125a3789977aefe869cbebccf70e3cfd7ea84ca48547458f02e4f1d7146 AS base
WORKDIR /app

FROM base AS install
COPY package.json package-lock.json .npmrc ./
# What the lockfile says, but nothing for development, and no script of any package.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit

FROM install AS dependencies
# The compiler goes with what is optional.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit

FROM install AS build
COPY .swcrc ormconfig.ts ./
COPY scripts scripts
COPY src src
COPY migrations migrations
RUN node scripts/build.mjs

FROM base
LABEL org.opencontainers.image.title="Task API" org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY package.json ./
COPY bin bin
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# Owns none of these files.
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# Liveness: a restart would not bring a missing database back. The first answer comes when the schema
# is migrated.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "dist/src/cli/main.js", "healthcheck", "--live"]
# The launcher becomes the server (execve): process 1 is the one that gets the signals.
CMD ["node", "bin/task-api.mjs"]
