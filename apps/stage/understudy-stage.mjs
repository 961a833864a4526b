#!/usr/bin/env node
import { start } from '../client/check-node.mjs'

await start('understudy-stage', () => import('./main.ts'))
