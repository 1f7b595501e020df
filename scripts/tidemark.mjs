#!/usr/bin/env node
// The `tidemark` command: `npx tidemark --help` in the repository's root.

import { bootstrap } from './bootstrap.mjs';

void bootstrap('packages/cli/src/main.ts', process.argv.slice(2));
