# syntax=docker/dockerfile:1
# One image for every service and for the command: `docker build --tag tidemark:0.1.0 .`

# Node is the version of pnpm-workspace.yaml. It reads TypeScript directly: there is nothing to build.
FROM node:24.21.0-bookworm-slim AS base
WORKDIR /tidemark

FROM base AS dependencies
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY patches patches
COPY packages packages
COPY services services
# The pnpm that package.json names. What only tests and development need stays out.
RUN --mount=type=cache,target=/root/.local/share/pnpm/store \
    npx --yes "$(node --print 'require("./package.json").packageManager')" install --prod --frozen-lockfile \
    --filter-prod '@tidemark/service-*...' --filter-prod '@tidemark/cli...'

FROM base
ENV NODE_ENV=production
# A larger young generation, as scripts/bootstrap.mjs has it: records of a chunk die there.
ENV NODE_OPTIONS=--max-semi-space-size=32
# Root's files, which the user `node` reads and cannot change.
COPY --from=dependencies /tidemark ./
USER node
# docker-compose.yml names the program of each service; without one it is the command.
ENTRYPOINT ["node"]
CMD ["packages/cli/src/main.ts", "--help"]
