# syntax=docker/dockerfile:1
# Kept at its newest patch, and by its digest, by Renovate.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# PostgreSQL's binaries are an optional dependency, for npm start alone.
RUN npm run build && npm prune --omit=dev --omit=optional --no-audit --no-fund

FROM node:24-bookworm-slim
# npm has nowhere to write but /tmp.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 npm_config_cache=/tmp/npm npm_config_update_notifier=false
WORKDIR /app
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
COPY --chown=root:root bin ./bin
COPY --chown=root:root package.json LICENSE ./
RUN ln -s /app/bin/collector.js /usr/local/bin/collector
# Nothing is written to the file system: it can be mounted read-only.
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
  CMD ["collector", "healthcheck"]
CMD ["collector", "server"]
# Last: they differ with each build.
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="zoho-books-collector" \
  org.opencontainers.image.description="Keeps a true list of a creditor's unpaid Zoho Books invoices and turns the eligible ones into collection cases" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
